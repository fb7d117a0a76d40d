// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.dendra.tokenizer.ChatMessage;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request to {@code /v1/responses}, checked. Nothing is kept from one request to the next, so what builds on stored
 * responses is refused.
 *
 * @param options what all endpoints know; one choice
 * @param messages the conversation so far
 * @param maximumTokens most tokens to generate; empty for all that the context has room for
 * @param logprobs alternatives for each token, or -1 for no log-probabilities
 * @param echo fields that the answer repeats
 */
record ResponseRequest(
        GenerationOptions options,
        List<ChatMessage> messages,
        OptionalInt maximumTokens,
        int logprobs,
        ResponseEcho echo) {
    private static final int MAXIMUM_TOP_LOGPROBS = 20;
    private static final String LOGPROBS = "message.output_text.logprobs";

    /** What would need something kept from earlier requests, or work after the answer. */
    private static final List<String> STATEFUL = List.of("previous_response_id", "conversation", "prompt");

    private static final List<String> UNSUPPORTED = List.of("tools", "max_tool_calls", "context_management");

    ResponseRequest {
        messages = List.copyOf(messages);
    }

    /**
     * Reads and checks {@code body}.
     *
     * @param vocabularySize bounds token ids
     */
    static ResponseRequest read(RequestReader body, int vocabularySize) {
        refuseUnsupported(body);
        UnsupportedFields.refuse(body);
        GenerationOptions options = options(body, vocabularySize);
        if (options.candidates() > 1) {
            throw ApiException.unsupported(options.choices() > 1 ? "n" : "best_of", "A response is one answer.");
        }
        OptionalInt maximumTokens = body.integer("max_output_tokens", 1, Integer.MAX_VALUE);
        maximumTokens.ifPresent(options.end()::requireAtMost);
        return new ResponseRequest(
                options, ResponseInput.read(body), maximumTokens, logprobs(body), ResponseEcho.read(body));
    }

    private static void refuseUnsupported(RequestReader body) {
        for (String name : STATEFUL) {
            if (body.isSet(name)) {
                throw ApiException.unsupported(
                        name, "'" + name + "' is not supported: this server keeps no responses; send the whole input.");
            }
        }
        if (body.flag("background")) {
            throw ApiException.unsupported(
                    "background", "'background' is not supported: this server keeps no responses.");
        }
        for (String name : UNSUPPORTED) {
            if (body.isSet(name)) {
                throw ApiException.unsupported(name, "'" + name + "' is not supported in responses.");
            }
        }
    }

    /** What all endpoints know, and {@code text.format}. */
    private static GenerationOptions options(RequestReader body, int vocabularySize) {
        GenerationOptions options = GenerationOptions.read(body, vocabularySize);
        RequestReader text = body.child("text");
        RequestedConstraint format = text == null ? null : ConstraintReader.textFormat(text);
        if (format == null) {
            return options;
        }
        RequestedConstraint other = options.constraint();
        if (other != null) {
            throw ConstraintReader.together(other, format);
        }
        return options.constrainedBy(format);
    }

    private static int logprobs(RequestReader body) {
        int top = body.integer("top_logprobs", 0, MAXIMUM_TOP_LOGPROBS).orElse(0);
        ArrayNode include = body.list("include");
        boolean wanted = top > 0;
        if (include != null) {
            for (JsonNode field : include) {
                wanted |= field.asText().equals(LOGPROBS);
            }
        }
        return wanted ? top : GenerationSpecification.NO_LOGPROBS;
    }
}
