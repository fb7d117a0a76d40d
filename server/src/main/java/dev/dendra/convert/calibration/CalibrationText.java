// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

import dev.dendra.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Calibration tokens from a text, which is encoded whole and cut into sequences that do not overlap. Of more sequences than
 * are wanted it takes some from all over the text, at even distances. Where the model wants a begin-of-sequence token in
 * front of a text, each sequence begins with one.
 */
public final class CalibrationText {
    private final Tokenizer tokenizer;

    /** Texts as {@code tokenizer} encodes them. */
    public CalibrationText(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Tokens of a file.
     *
     * @param file in UTF-8
     * @throws CalibrationException if it is not UTF-8, or too short for {@code shape}; the message says how many tokens are
     *     needed
     */
    public CalibrationCorpus read(Path file, CorpusShape shape) throws CalibrationException, IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            return cut(file.toString(), text, shape);
        } catch (CharacterCodingException notText) {
            throw new CalibrationException(file + " is not UTF-8: byte " + bytes.position(), notText);
        }
    }

    /** Tokens of a text that is called {@code name}. */
    CalibrationCorpus cut(String name, String text, CorpusShape shape) throws CalibrationException {
        int[] prefix = tokenizer.addsBeginOfSequence() ? new int[] {tokenizer.beginOfSequence()} : new int[0];
        int[] tokens = tokenizer.encode(text, Tokenizer.SpecialTokens.AS_TEXT);
        int step = shape.length() - prefix.length;
        int available = tokens.length / step;
        if (available < shape.sequences()) {
            throw new CalibrationException(name + (tokens.length == 0 ? " is empty" : " is too short") + ": "
                    + (long) shape.sequences() * step + " tokens are needed for " + shape.sequences() + " sequences of "
                    + shape.length() + ", and there are " + tokens.length);
        }
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < shape.sequences(); i++) {
            int chosen = (int) ((long) i * available / shape.sequences());
            int[] sequence = Arrays.copyOf(prefix, shape.length());
            System.arraycopy(tokens, chosen * step, sequence, prefix.length, step);
            sequences.add(sequence);
        }
        return new CalibrationCorpus(name, shape, sequences);
    }
}
