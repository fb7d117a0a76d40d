// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.engine.RequestTerms;
import dev.dendra.engine.SamplingParameters;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What all endpoints that generate have in common.
 *
 * @param choices answers to each prompt, {@code n}
 * @param candidates answers generated for each prompt, {@code best_of}: the likeliest of them become the choices
 * @param sampling how tokens are drawn; its seed is the first candidate's
 * @param end what ends an answer
 * @param constraint what the answers must keep to; null for nothing
 * @param terms who asks, and how urgently
 * @param streaming whether and how the answer is streamed
 */
record GenerationOptions(
        int choices,
        int candidates,
        SamplingParameters sampling,
        EndConditions end,
        @Nullable RequestedConstraint constraint,
        RequestTerms terms,
        StreamOptions streaming) {

    /** Most answers to one prompt. */
    static final int MAXIMUM_CHOICES = 8;

    /** Most candidates for the answers to one prompt. */
    private static final int MAXIMUM_CANDIDATES = 20;

    private static final double MINIMUM_REPETITION_PENALTY = 0.01;
    private static final double MAXIMUM_REPETITION_PENALTY = 100;

    /** An odd number with well-mixed bits, the golden ratio of 2^64: keeps the seeds of the candidates apart. */
    private static final long SEED_STEP = 0x9E3779B97F4A7C15L;

    /**
     * Reads the shared fields.
     *
     * @param vocabularySize bounds the token ids of {@code logit_bias}
     */
    static GenerationOptions read(RequestReader body, int vocabularySize) {
        int choices = body.integer("n", 1, MAXIMUM_CHOICES).orElse(1);
        StreamOptions streaming = StreamOptions.read(body);
        return new GenerationOptions(
                choices,
                candidates(body, choices, streaming),
                sampling(body, vocabularySize),
                EndConditions.read(body, vocabularySize),
                ConstraintReader.read(body),
                TermsReader.read(body),
                streaming);
    }

    private static int candidates(RequestReader body, int choices, StreamOptions streaming) {
        int candidates = body.integer("best_of", choices, MAXIMUM_CANDIDATES).orElse(choices);
        if (candidates > choices && streaming.stream()) {
            throw ApiException.invalid(
                    "best_of",
                    "'best_of' above 'n' cannot be streamed: which answers are the best is known at their end.");
        }
        return candidates;
    }

    /** The same with what answers must keep to. */
    GenerationOptions constrainedBy(RequestedConstraint requested) {
        return new GenerationOptions(choices, candidates, sampling, end, requested, terms, streaming);
    }

    /** Whether answers are chosen among more candidates. */
    boolean chooses() {
        return candidates > choices;
    }

    /** The sampling of one candidate: equal to the others but for the seed. */
    SamplingParameters samplingOf(int candidate) {
        return new SamplingParameters(
                sampling.temperature(),
                sampling.topK(),
                sampling.topP(),
                sampling.minP(),
                sampling.repetitionPenalty(),
                sampling.frequencyPenalty(),
                sampling.presencePenalty(),
                sampling.logitBias(),
                sampling.seed() + candidate * SEED_STEP);
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
}
