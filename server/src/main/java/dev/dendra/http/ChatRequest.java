// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.chat.ChatTurn;
import java.util.OptionalInt;

/**
 * A request to {@code /v1/chat/completions}, checked.
 *
 * @param options what both endpoints know
 * @param turn the conversation so far, and the tools on offer
 * @param maximumTokens most tokens to generate for a choice; empty for all that the context has room for
 * @param logprobs alternatives for each token, or -1 for no log-probabilities
 */
record ChatRequest(GenerationOptions options, ChatTurn turn, OptionalInt maximumTokens, int logprobs) {
    private static final int MAXIMUM_TOP_LOGPROBS = 20;

    /**
     * Reads and checks {@code body}.
     *
     * @param vocabularySize bounds the token ids of {@code logit_bias}
     */
    static ChatRequest read(RequestReader body, int vocabularySize) {
        UnsupportedFields.refuse(body);
        GenerationOptions options = GenerationOptions.read(body, vocabularySize);
        ToolOptions tools = ToolOptions.read(body);
        OptionalInt maximumTokens = body.integer("max_tokens", 1, Integer.MAX_VALUE);
        OptionalInt maximumCompletionTokens = body.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
        OptionalInt most = maximumCompletionTokens.isPresent() ? maximumCompletionTokens : maximumTokens;
        most.ifPresent(options.end()::requireAtMost);
        ChatTurn turn = new ChatTurn(
                MessageReader.read(body),
                tools.definitions(),
                tools.choice(),
                tools.severalCalls(),
                TemplateVariables.read(body));
        return new ChatRequest(options, turn, most, logprobs(body));
    }

    private static int logprobs(RequestReader body) {
        boolean wanted = body.flag("logprobs");
        OptionalInt top = body.integer("top_logprobs", 0, MAXIMUM_TOP_LOGPROBS);
        if (top.isPresent() && top.getAsInt() > 0 && !wanted) {
            throw ApiException.invalid("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.");
        }
        return wanted ? top.orElse(0) : GenerationSpecification.NO_LOGPROBS;
    }
}
