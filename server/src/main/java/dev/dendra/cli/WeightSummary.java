// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.format.ModelSource;
import dev.dendra.format.TensorDescription;
import dev.dendra.format.TensorNames;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The weights of a model by encoding and pattern.
 *
 * @param matrices those of each kind
 * @param vectorBytes bytes of norm weights and biases
 * @param bytesPerToken bytes that one decoded token reads: everything but an embedding table that is not also the head
 * @param headBytes bytes of the output head, which {@code bytesPerToken} includes
 */
record WeightSummary(Map<Kind, Share> matrices, long vectorBytes, long bytesPerToken, long headBytes) {
    /** Matrices of one encoding and pattern. */
    record Kind(Encoding encoding, Pattern pattern) {}

    /**
     * What they make up together.
     *
     * @param bytes as packed
     * @param weights of their shapes
     * @param live weights that are stored
     */
    record Share(long bytes, double weights, double live) {
        static Share of(TensorDescription tensor) {
            return new Share(tensor.bytes(), tensor.weights(), tensor.liveWeights());
        }

        Share plus(Share other) {
            return new Share(bytes + other.bytes, weights + other.weights, live + other.live);
        }

        double density() {
            return live / weights;
        }
    }

    /** Adds the tensors of {@code source} up. */
    static WeightSummary of(ModelSource source) {
        Map<Kind, Share> matrices = new LinkedHashMap<>();
        long vectors = 0;
        long perToken = 0;
        long head = 0;
        String headName = source.contains(TensorNames.HEAD) ? TensorNames.HEAD : TensorNames.EMBEDDING;
        for (TensorDescription tensor : source.tensors()) {
            if (tensor.isMatrix()) {
                matrices.merge(new Kind(tensor.encoding(), tensor.pattern()), Share.of(tensor), Share::plus);
            } else {
                vectors += tensor.bytes();
            }
            if (!tensor.name().equals(TensorNames.EMBEDDING) || !source.contains(TensorNames.HEAD)) {
                perToken += tensor.bytes();
            }
            if (tensor.name().equals(headName)) {
                head += tensor.bytes();
            }
        }
        return new WeightSummary(matrices, vectors, perToken, head);
    }

    private Stream<Map.Entry<Kind, Share>> largestFirst() {
        return matrices.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<Kind, Share> entry) ->
                                entry.getValue().bytes())
                        .reversed());
    }

    /** The kinds, the one with the most bytes first: {@code u4g32+i8g32}, {@code i8-1x4+i8}. */
    String encodings() {
        return largestFirst().map(entry -> name(entry.getKey(), "-")).collect(Collectors.joining("+"));
    }

    /** The kinds with their sizes: {@code i8 1x4 at 50 % 56.4 MB, i8 28.4 MB, vectors 0.1 MB}. */
    String describe() {
        return largestFirst()
                .map(entry -> name(entry.getKey(), " ") + density(entry) + " "
                        + ByteSize.text(entry.getValue().bytes()) + ", ")
                .collect(Collectors.joining("", "", "vectors " + ByteSize.text(vectorBytes)));
    }

    private static String name(Kind kind, String separator) {
        return kind.encoding().id()
                + (kind.pattern().isSparse() ? separator + kind.pattern().id() : "");
    }

    private static String density(Map.Entry<Kind, Share> entry) {
        return entry.getKey().pattern().isSparse()
                ? String.format(
                        Locale.ROOT, " at %.3g %%", 100 * entry.getValue().density())
                : "";
    }
}
