// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.dendra.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What ends an answer beside its length.
 *
 * @param stop strings that end it and are left out of the text
 * @param stopTokens further tokens that end it and are left out of the text
 * @param minimumTokens tokens before which nothing of this ends it
 * @param ignoreEndOfSequence whether it runs on past the model's own end tokens
 */
record EndConditions(List<String> stop, Set<Integer> stopTokens, int minimumTokens, boolean ignoreEndOfSequence) {
    /** OpenAI takes 4; evaluation harnesses send more for tasks that end at the next definition in a program. */
    private static final int MAXIMUM_STOP_STRINGS = 16;

    private static final int MAXIMUM_STOP_LENGTH = 1024;
    private static final int MAXIMUM_STOP_TOKENS = 128;

    EndConditions {
        stop = List.copyOf(stop);
        stopTokens = Set.copyOf(stopTokens);
    }

    /**
     * Reads {@code stop}, {@code stop_token_ids}, {@code min_tokens} and {@code ignore_eos}.
     *
     * @param vocabularySize bounds the token ids
     */
    static EndConditions read(RequestReader body, int vocabularySize) {
        return new EndConditions(
                stop(body),
                stopTokens(body, vocabularySize),
                body.integer("min_tokens", 0, Integer.MAX_VALUE).orElse(0),
                body.flag("ignore_eos"));
    }

    /**
     * Checks {@code min_tokens} against the most tokens that the request asks for.
     *
     * @throws ApiException if it is more
     */
    void requireAtMost(int maximumTokens) {
        if (minimumTokens > maximumTokens) {
            throw ApiException.invalid(
                    "min_tokens",
                    "'min_tokens' is " + minimumTokens + ", more than the most tokens, " + maximumTokens + ".");
        }
    }

    /** All tokens that end an answer. */
    Set<Integer> tokens(Tokenizer tokenizer) {
        Set<Integer> tokens = new HashSet<>(stopTokens);
        if (!ignoreEndOfSequence) {
            tokens.addAll(tokenizer.endOfGeneration());
        }
        return tokens;
    }

    private static Set<Integer> stopTokens(RequestReader body, int vocabularySize) {
        ArrayNode list = body.list("stop_token_ids");
        if (list == null) {
            return Set.of();
        }
        String path = body.path("stop_token_ids");
        if (list.size() > MAXIMUM_STOP_TOKENS) {
            throw ApiException.invalid(path, "'" + path + "' has more than " + MAXIMUM_STOP_TOKENS + " tokens.");
        }
        Set<Integer> tokens = new HashSet<>();
        for (int i = 0; i < list.size(); i++) {
            tokens.add(RequestReader.integer(list.get(i), path + "[" + i + "]", 0, vocabularySize - 1));
        }
        return tokens;
    }

    private static List<String> stop(RequestReader body) {
        JsonNode stop = body.node("stop");
        if (stop == null) {
            return List.of();
        }
        if (stop.isTextual()) {
            return List.of(stopString(stop, body.path("stop")));
        }
        if (!stop.isArray()) {
            throw RequestReader.wrongType(body.path("stop"), "a string or a list of strings", stop);
        }
        if (stop.size() > MAXIMUM_STOP_STRINGS) {
            throw ApiException.invalid(body.path("stop"), "'stop' has more than " + MAXIMUM_STOP_STRINGS + " strings.");
        }
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < stop.size(); i++) {
            strings.add(stopString(stop.get(i), body.path("stop") + "[" + i + "]"));
        }
        return strings;
    }

    private static String stopString(JsonNode node, String path) {
        if (!node.isTextual()) {
            throw RequestReader.wrongType(path, "a string", node);
        }
        String text = node.textValue();
        if (text.isEmpty() || text.length() > MAXIMUM_STOP_LENGTH) {
            throw ApiException.invalid(path, "'" + path + "' must have 1 to " + MAXIMUM_STOP_LENGTH + " characters.");
        }
        return text;
    }
}
