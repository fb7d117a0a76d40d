// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A text to be predicted.
 *
 * @param name what it is called in results and messages
 * @param content the text, never empty
 */
public record EvaluationText(String name, String content) {

    /** The texts that come with Dendra; {@code README.md} beside them says what they are and whose. */
    public static final List<String> BUILT_IN = List.of("literature", "code", "prose");

    /** Items of multiple choice that come with Dendra, for {@link ChoiceReader}. */
    public static EvaluationText builtInChoices() {
        return resource("choices.jsonl");
    }

    /**
     * A text that comes with Dendra.
     *
     * @throws IllegalArgumentException unless {@link #BUILT_IN} has that name
     */
    public static EvaluationText builtIn(String name) {
        if (!BUILT_IN.contains(name)) {
            throw new IllegalArgumentException("no text '" + name + "'; known: " + String.join(", ", BUILT_IN));
        }
        return new EvaluationText(name, resource(name + ".txt").content());
    }

    private static EvaluationText resource(String file) {
        try (InputStream in = Objects.requireNonNull(EvaluationText.class.getResourceAsStream(file), file)) {
            return decode(file, in.readAllBytes());
        } catch (IOException | EvaluationException damaged) {
            throw new IllegalStateException("the program's own " + file + " cannot be read", damaged);
        }
    }

    /**
     * Reads a file in UTF-8.
     *
     * @throws EvaluationException if it is empty or not UTF-8
     */
    public static EvaluationText read(Path file) throws EvaluationException, IOException {
        return decode(file.toString(), Files.readAllBytes(file));
    }

    private static EvaluationText decode(String name, byte[] bytes) throws EvaluationException {
        if (bytes.length == 0) {
            throw new EvaluationException(name + " is empty");
        }
        ByteBuffer input = ByteBuffer.wrap(bytes);
        try {
            return new EvaluationText(
                    name, StandardCharsets.UTF_8.newDecoder().decode(input).toString());
        } catch (CharacterCodingException notText) {
            throw new EvaluationException(name + " is not UTF-8: byte " + input.position(), notText);
        }
    }
}
