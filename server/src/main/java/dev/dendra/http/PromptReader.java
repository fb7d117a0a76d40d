// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.tokenizer.IncrementalDetokenizer;
import dev.dendra.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the field of a request that holds its texts, {@code prompt} or {@code input}: a string, a list of strings, a list of token ids, or a list of
 * such lists. Text gets a begin-of-sequence token where the model wants one; token ids are taken as they are.
 */
final class PromptReader {
    private final String param;
    private final Tokenizer tokenizer;
    private final int maximumPrompts;

    /** Reads up to {@code maximumPrompts} prompts of one request from the field {@code param}. */
    PromptReader(String param, Tokenizer tokenizer, int maximumPrompts) {
        this.param = param;
        this.tokenizer = tokenizer;
        this.maximumPrompts = maximumPrompts;
    }

    /** The prompts in their order; at least one, each with at least one token. */
    List<Prompt> read(RequestReader body) {
        JsonNode prompt = body.node(param);
        if (prompt == null) {
            throw ApiException.invalid(param, "'" + param + "' is missing.");
        }
        if (prompt.isTextual()) {
            return List.of(ofText(prompt.textValue(), param));
        }
        if (!prompt.isArray()) {
            throw RequestReader.wrongType(param, "a string, a list of strings or a list of token ids", prompt);
        }
        if (prompt.isEmpty()) {
            throw empty(param);
        }
        if (prompt.get(0).isNumber()) {
            return List.of(ofTokens(prompt, param));
        }
        if (prompt.size() > maximumPrompts) {
            throw ApiException.invalid(param, "'" + param + "' has more than " + maximumPrompts + " elements.");
        }
        List<Prompt> prompts = new ArrayList<>();
        for (int i = 0; i < prompt.size(); i++) {
            prompts.add(ofElement(prompt.get(i), param + "[" + i + "]"));
        }
        return prompts;
    }

    private Prompt ofElement(JsonNode node, String path) {
        if (node.isTextual()) {
            return ofText(node.textValue(), path);
        }
        if (node.isArray()) {
            return ofTokens(node, path);
        }
        throw RequestReader.wrongType(path, "a string or a list of token ids", node);
    }

    private Prompt ofText(String text, String path) {
        if (text.isEmpty()) {
            throw empty(path);
        }
        int[] tokens = encode(text, tokenizer);
        if (tokens.length == 0) {
            throw empty(path);
        }
        return new Prompt(tokens, text);
    }

    /** Tokens of a text, with a begin-of-sequence token where the model wants one. */
    static int[] encode(String text, Tokenizer tokenizer) {
        int[] tokens = tokenizer.encode(text, Tokenizer.SpecialTokens.AS_TEXT);
        if (!tokenizer.addsBeginOfSequence()) {
            return tokens;
        }
        int[] withStart = new int[tokens.length + 1];
        withStart[0] = tokenizer.beginOfSequence();
        System.arraycopy(tokens, 0, withStart, 1, tokens.length);
        return withStart;
    }

    private Prompt ofTokens(JsonNode list, String path) {
        if (list.isEmpty()) {
            throw empty(path);
        }
        int[] tokens = new int[list.size()];
        IncrementalDetokenizer detokenizer = IncrementalDetokenizer.ofText(tokenizer);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = RequestReader.integer(list.get(i), path + "[" + i + "]", 0, tokenizer.vocabularySize() - 1);
            text.append(detokenizer.append(tokens[i]));
        }
        return new Prompt(tokens, text.append(detokenizer.finish()).toString());
    }

    private static ApiException empty(String path) {
        return ApiException.invalid(path, "'" + path + "' is empty.");
    }
}
