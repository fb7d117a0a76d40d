// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Logits of a model as another implementation computed them in single precision, from the weights of the same packed file.
 *
 * <p>The file is JSON: {@code model_sha256}, digest of the packed model; {@code tolerance}, largest difference of a logit
 * with activations in single precision; {@code sequences}, each with {@code tokens} and {@code positions}. Of a position
 * {@code p}, {@code top} has the ten largest logits behind the tokens up to and including {@code p}, the largest first, as
 * pairs of token and logit.
 */
final class StudentFixture {
    private final String modelSha256;
    private final double tolerance;
    private final List<Sequence> sequences;

    /**
     * A token and its logit.
     *
     * @param token by number
     * @param logit as computed elsewhere
     */
    private record Candidate(int token, double logit) {}

    /**
     * What was computed behind a token.
     *
     * @param index of the token
     * @param top the candidates, the best first
     */
    private record Position(int index, List<Candidate> top) {
        double margin() {
            return top.get(0).logit() - top.get(1).logit();
        }
    }

    /**
     * A text.
     *
     * @param tokens by number
     * @param positions some of its places
     */
    private record Sequence(List<Integer> tokens, List<Position> positions) {}

    private StudentFixture(String modelSha256, double tolerance, List<Sequence> sequences) {
        this.modelSha256 = modelSha256;
        this.tolerance = tolerance;
        this.sequences = sequences;
    }

    /** Reads a fixture. */
    static StudentFixture read(Path file) throws IOException {
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        List<Sequence> sequences = new ArrayList<>();
        for (JsonNode sequence : json.required("sequences")) {
            List<Position> positions = new ArrayList<>();
            for (JsonNode position : sequence.required("positions")) {
                List<Candidate> top = new ArrayList<>();
                for (JsonNode pair : position.required("top")) {
                    top.add(new Candidate(pair.get(0).intValue(), pair.get(1).doubleValue()));
                }
                positions.add(new Position(position.required("position").intValue(), List.copyOf(top)));
            }
            List<Integer> tokens = new ArrayList<>();
            sequence.required("tokens").forEach(token -> tokens.add(token.intValue()));
            sequences.add(new Sequence(List.copyOf(tokens), List.copyOf(positions)));
        }
        assertFalse(sequences.isEmpty(), file + " holds nothing to compare");
        return new StudentFixture(
                json.required("model_sha256").textValue(),
                json.required("tolerance").doubleValue(),
                sequences);
    }

    /** Digest of the packed model that it belongs to. */
    String modelSha256() {
        return modelSha256;
    }

    /** Largest difference of a logit with activations in single precision. */
    double tolerance() {
        return tolerance;
    }

    /** Tokens of the longest sequence. */
    int longest() {
        return sequences.stream()
                .mapToInt(sequence -> sequence.tokens().size())
                .max()
                .orElseThrow();
    }

    /**
     * Compares a model: the best token first, wherever it leads by more than {@code bound}, then the logits.
     *
     * @param bound largest difference of a logit
     */
    void requireLogits(LlamaModel model, Kernels kernels, String name, double bound) {
        double sum = 0;
        double largest = 0;
        int logits = 0;
        int same = 0;
        int positions = 0;
        int blocks = Math.ceilDiv(longest(), KvLayout.BLOCK_TOKENS);
        try (Arena arena = Arena.ofShared()) {
            StepRows rows = new StepRows(arena, longest(), blocks);
            for (int block = 0; block < blocks; block++) {
                rows.setBlock(block, block);
            }
            for (int s = 0; s < sequences.size(); s++) {
                Sequence sequence = sequences.get(s);
                for (int i = 0; i < sequence.tokens().size(); i++) {
                    rows.setRow(i, sequence.tokens().get(i), i, 0);
                }
                model.forward(rows, sequence.tokens().size());
                for (Position position : sequence.positions()) {
                    String where = name + ", sequence " + s + ", position " + position.index();
                    FloatMatrix actual = model.logits(new int[] {position.index()}, 0, 1);
                    Candidate best = position.top().getFirst();
                    int top = kernels.argMax(actual, 0);
                    assertTrue(
                            top == best.token() || position.margin() <= bound,
                            () -> where + ": the best token is " + top + ", not " + best.token() + ", which leads by "
                                    + position.margin());
                    for (Candidate each : position.top()) {
                        double difference = Math.abs(actual.get(0, each.token()) - each.logit());
                        assertTrue(
                                difference <= bound,
                                () -> where + ": the logit of token " + each.token() + " is off by " + difference);
                        sum += difference;
                        largest = Math.max(largest, difference);
                        logits++;
                    }
                    same += top == best.token() ? 1 : 0;
                    positions++;
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "student, %s, kernels %s: %d positions, same best token at %d, |d logit| mean %.6f max %.6f%n",
                name,
                kernels.info().isa(),
                positions,
                same,
                sum / logits,
                largest);
    }
}
