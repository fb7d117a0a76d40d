// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

import dev.dendra.format.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Calibration tokens.
 *
 * @param source where they come from, for people: a file's name, or how they were sampled
 * @param shape how many there are
 * @param sequences as many as {@code shape} says, each of its length
 */
public record CalibrationCorpus(String source, CorpusShape shape, List<int[]> sequences) {

    /** Checks that the sequences have the shape. */
    public CalibrationCorpus {
        sequences = List.copyOf(sequences);
        if (sequences.size() != shape.sequences()
                || sequences.stream().anyMatch(sequence -> sequence.length != shape.length())) {
            throw new IllegalArgumentException("the sequences are not " + shape);
        }
    }

    /** Digest of the tokens, 32-bit and little-endian, one sequence after the other. */
    public String sha256() {
        Sha256 digest = new Sha256();
        for (int[] sequence : sequences) {
            byte[] bytes = toBytes(sequence);
            digest.update(bytes, bytes.length);
        }
        return digest.hex();
    }

    /** Tokens as 32-bit little-endian numbers. */
    static byte[] toBytes(int... tokens) {
        ByteBuffer bytes = ByteBuffer.allocate(tokens.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(tokens);
        return bytes.array();
    }
}
