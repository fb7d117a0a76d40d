// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.tokenizer.ByteTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTextTest {
    @TempDir
    Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("text.txt"), text, StandardCharsets.UTF_8);
    }

    private static CalibrationText plain() {
        return new CalibrationText(new ByteTokenizer(false));
    }

    @Test
    void sequencesComeFromAllOverTheText() throws Exception {
        CalibrationCorpus corpus = plain().read(file("abcdefghijklmnopqrstuvwxyz"), new CorpusShape(2, 5));
        assertEquals(2, corpus.sequences().size());
        assertArrayEquals("abcde".chars().toArray(), corpus.sequences().get(0));
        // Five sequences of 5 are there; the third is half of the way.
        assertArrayEquals("klmno".chars().toArray(), corpus.sequences().get(1));
    }

    @Test
    void aTextThatIsJustLongEnoughIsUsedWhole() throws Exception {
        CalibrationCorpus corpus = plain().read(file("abcdef"), new CorpusShape(3, 2));
        assertArrayEquals("ef".chars().toArray(), corpus.sequences().get(2));
    }

    @Test
    void aModelThatWantsABeginOfSequenceGetsOneInFrontOfEach() throws Exception {
        CalibrationCorpus corpus =
                new CalibrationText(new ByteTokenizer(true)).read(file("abcdef"), new CorpusShape(3, 3));
        assertArrayEquals(
                new int[] {ByteTokenizer.START, 'c', 'd'}, corpus.sequences().get(1));
    }

    @Test
    void aTextThatIsTooShortIsToldHowManyTokensAreNeeded() throws IOException {
        Path text = file("abcdefgh");
        CalibrationException refused =
                assertThrows(CalibrationException.class, () -> plain().read(text, new CorpusShape(4, 3)));
        assertEquals(
                text + " is too short: 12 tokens are needed for 4 sequences of 3, and there are 8",
                refused.getMessage());
    }

    @Test
    void anEmptyTextIsCalledEmpty() throws IOException {
        Path text = file("");
        CalibrationException refused =
                assertThrows(CalibrationException.class, () -> plain().read(text, new CorpusShape(4, 3)));
        assertEquals(
                text + " is empty: 12 tokens are needed for 4 sequences of 3, and there are 0", refused.getMessage());
    }

    @Test
    void bytesThatAreNoTextAreRefused() throws IOException {
        Path text = Files.write(folder.resolve("binary"), new byte[] {'a', 'b', (byte) 0xff, 'c'});
        CalibrationException refused =
                assertThrows(CalibrationException.class, () -> plain().read(text, new CorpusShape(1, 2)));
        assertEquals(text + " is not UTF-8: byte 2", refused.getMessage());
    }

    @Test
    void theDigestIsOfTheTokensInTheirOrder() throws Exception {
        CorpusShape shape = new CorpusShape(2, 2);
        String digest = plain().read(file("abcd"), shape).sha256();
        assertEquals(digest, plain().read(file("abcd"), shape).sha256());
        assertTrue(!digest.equals(plain().read(file("cdab"), shape).sha256()), "another order");
    }
}
