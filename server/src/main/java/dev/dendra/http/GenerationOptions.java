// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.engine.SamplingParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What completions and chat completions have in common.
 *
 * @param choices answers to each prompt, {@code n}
 * @param sampling how tokens are drawn; its seed is the first choice's
 * @param stop strings that end an answer
 * @param ignoreEndOfSequence whether an answer runs on past the tokens that would end it
 * @param stream whether the answer is sent as server-sent events
 * @param includeUsage whether a stream ends with a chunk that carries the usage
 * @param constraint what the answers must keep to; null for nothing
 */
record GenerationOptions(
        int choices,
        SamplingParameters sampling,
        List<String> stop,
        boolean ignoreEndOfSequence,
        boolean stream,
        boolean includeUsage,
        @Nullable RequestedConstraint constraint) {

    /** Most answers to one prompt. */
    static final int MAXIMUM_CHOICES = 8;

    private static final int MAXIMUM_STOP_STRINGS = 4;
    private static final int MAXIMUM_STOP_LENGTH = 1024;
    private static final double MINIMUM_REPETITION_PENALTY = 0.01;
    private static final double MAXIMUM_REPETITION_PENALTY = 100;

    /** An odd number with well-mixed bits, the golden ratio of 2^64: keeps the seeds of the choices apart. */
    private static final long SEED_STEP = 0x9E3779B97F4A7C15L;

    GenerationOptions {
        stop = List.copyOf(stop);
    }

    /**
     * Reads the shared fields.
     *
     * @param vocabularySize bounds the token ids of {@code logit_bias}
     */
    static GenerationOptions read(RequestReader body, int vocabularySize) {
        int choices = body.integer("n", 1, MAXIMUM_CHOICES).orElse(1);
        body.integer("best_of", 1, Integer.MAX_VALUE).ifPresent(bestOf -> {
            if (bestOf != choices) {
                throw ApiException.unsupported("best_of", "'best_of' is supported only where it equals 'n'.");
            }
        });
        if (body.integer("min_tokens", 0, Integer.MAX_VALUE).orElse(0) > 0) {
            throw ApiException.unsupported("min_tokens", "'min_tokens' is not supported.");
        }
        boolean stream = body.flag("stream");
        RequestReader streamOptions = body.child("stream_options");
        boolean includeUsage = streamOptions != null && streamOptions.flag("include_usage");
        return new GenerationOptions(
                choices,
                sampling(body, vocabularySize),
                stop(body),
                body.flag("ignore_eos"),
                stream,
                includeUsage,
                ConstraintReader.read(body));
    }

    /** The sampling of one choice: equal to the others but for the seed. */
    SamplingParameters samplingOf(int choice) {
        return new SamplingParameters(
                sampling.temperature(),
                sampling.topK(),
                sampling.topP(),
                sampling.minP(),
                sampling.repetitionPenalty(),
                sampling.frequencyPenalty(),
                sampling.presencePenalty(),
                sampling.logitBias(),
                sampling.seed() + choice * SEED_STEP);
    }

    private static SamplingParameters sampling(RequestReader body, int vocabularySize) {
        // -1 is how some clients spell "all tokens"
        int topK = Math.max(0, body.integer("top_k", -1, Integer.MAX_VALUE).orElse(0));
        // 0 is how some clients spell "the most likely token only"
        float topP = Math.max(Float.MIN_VALUE, (float) body.number("top_p", 0, 1, 1));
        return new SamplingParameters(
                (float) body.number("temperature", 0, 2, 1),
                topK,
                topP,
                (float) body.number("min_p", 0, 1, 0),
                (float) body.number("repetition_penalty", MINIMUM_REPETITION_PENALTY, MAXIMUM_REPETITION_PENALTY, 1),
                (float) body.number("frequency_penalty", -2, 2, 0),
                (float) body.number("presence_penalty", -2, 2, 0),
                logitBias(body, vocabularySize),
                body.longInteger("seed")
                        .orElseGet(() -> ThreadLocalRandom.current().nextLong()));
    }

    private static Map<Integer, Float> logitBias(RequestReader body, int vocabularySize) {
        ObjectNode biases = body.objectNode("logit_bias");
        if (biases == null) {
            return Map.of();
        }
        Map<Integer, Float> result = new HashMap<>();
        for (Map.Entry<String, JsonNode> bias : biases.properties()) {
            String path = body.path("logit_bias") + "." + bias.getKey();
            result.put(tokenId(bias.getKey(), vocabularySize, path), (float)
                    RequestReader.number(bias.getValue(), path, -100, 100));
        }
        return result;
    }

    private static int tokenId(String text, int vocabularySize, String path) {
        try {
            int token = Integer.parseInt(text);
            if (token >= 0 && token < vocabularySize) {
                return token;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw ApiException.invalid(path, "'" + path + "' names no token id from 0 to " + (vocabularySize - 1) + ".");
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
