// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusFileTest {
    private static final CorpusShape SHAPE = new CorpusShape(2, 3);

    @TempDir
    Path folder;

    private Path written() throws IOException {
        Path file = folder.resolve("c.tokens");
        CorpusFile.write(file, new CalibrationCorpus("a", SHAPE, List.of(new int[] {1, 2, 70_000}, new int[] {4, 0, 6
        })));
        return file;
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        CalibrationCorpus read = CorpusFile.read(written(), "b", SHAPE, 70_001).orElseThrow();
        assertEquals("b", read.source());
        assertArrayEquals(new int[] {1, 2, 70_000}, read.sequences().get(0));
        assertArrayEquals(new int[] {4, 0, 6}, read.sequences().get(1));
    }

    @Test
    void aFileThatDoesNotFitIsNone() throws IOException {
        Path file = written();
        assertTrue(CorpusFile.read(file, "b", SHAPE, 70_000).isEmpty(), "a token beyond the vocabulary");
        assertTrue(CorpusFile.read(file, "b", new CorpusShape(3, 3), 70_001).isEmpty(), "another size");
        assertTrue(CorpusFile.read(folder.resolve("none"), "b", SHAPE, 70_001).isEmpty(), "no file");
        Files.write(file, new byte[] {1, 2, 3});
        assertTrue(CorpusFile.read(file, "b", SHAPE, 70_001).isEmpty(), "cut short");
    }
}
