// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.format.ModelSource;
import dev.dendra.format.TensorDescription;
import dev.dendra.tensor.Encoding;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The weights of a model by encoding.
 *
 * @param matrixBytes bytes of the matrices of each encoding
 * @param vectorBytes bytes of norm weights and biases
 * @param bytesPerToken bytes that one decoded token reads: everything but an embedding table that is not also the head
 */
record WeightSummary(Map<Encoding, Long> matrixBytes, long vectorBytes, long bytesPerToken) {
    private static final String EMBEDDING = "token_embd.weight";
    private static final String HEAD = "output.weight";

    /** Adds the tensors of {@code source} up. */
    static WeightSummary of(ModelSource source) {
        Map<Encoding, Long> matrices = new EnumMap<>(Encoding.class);
        long vectors = 0;
        long perToken = 0;
        for (TensorDescription tensor : source.tensors()) {
            if (tensor.isMatrix()) {
                matrices.merge(tensor.encoding(), tensor.bytes(), Long::sum);
            } else {
                vectors += tensor.bytes();
            }
            if (!tensor.name().equals(EMBEDDING) || !source.contains(HEAD)) {
                perToken += tensor.bytes();
            }
        }
        return new WeightSummary(matrices, vectors, perToken);
    }

    /** The encodings, the one with the most bytes first: {@code u4g32+i8g32}. */
    String encodings() {
        return matrixBytes.entrySet().stream()
                .sorted(Map.Entry.<Encoding, Long>comparingByValue().reversed())
                .map(entry -> entry.getKey().id())
                .collect(Collectors.joining("+"));
    }

    /** The encodings with their sizes: {@code u4g32 84.9 MB, vectors 0.1 MB}. */
    String describe() {
        return matrixBytes.entrySet().stream()
                .sorted(Map.Entry.<Encoding, Long>comparingByValue().reversed())
                .map(entry -> entry.getKey().id() + " " + ByteSize.text(entry.getValue()) + ", ")
                .collect(Collectors.joining("", "", "vectors " + ByteSize.text(vectorBytes)));
    }
}
