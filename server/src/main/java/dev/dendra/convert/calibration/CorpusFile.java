// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

import dev.dendra.format.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps a sampled corpus: its tokens, 32-bit and little-endian, one sequence after the other. What it was sampled from and
 * how is for the file's name to say.
 */
public final class CorpusFile {
    private CorpusFile() {}

    /**
     * Reads a corpus; nothing if there is no such file, or not of that size and vocabulary.
     *
     * @param source as the corpus's
     * @param vocabulary tokens that there are
     */
    public static Optional<CalibrationCorpus> read(Path file, String source, CorpusShape shape, int vocabulary)
            throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) != shape.tokens() * Integer.BYTES) {
            return Optional.empty();
        }
        IntBuffer tokens = ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer();
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < shape.sequences(); i++) {
            int[] sequence = new int[shape.length()];
            tokens.get(sequence);
            for (int token : sequence) {
                if (token < 0 || token >= vocabulary) {
                    return Optional.empty();
                }
            }
            sequences.add(sequence);
        }
        return Optional.of(new CalibrationCorpus(source, shape, sequences));
    }

    /** Writes a corpus; the file appears under its name once it is whole. */
    public static void write(Path file, CalibrationCorpus corpus) throws IOException {
        try (AtomicFile written = AtomicFile.create(file)) {
            for (int[] sequence : corpus.sequences()) {
                ByteBuffer bytes = ByteBuffer.wrap(CalibrationCorpus.toBytes(sequence));
                while (bytes.hasRemaining()) {
                    written.channel().write(bytes);
                }
            }
            written.commit();
        }
    }
}
