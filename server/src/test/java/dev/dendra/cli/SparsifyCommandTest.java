// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.convert.sparsify.SmallGguf;
import dev.dendra.format.DendraFile;
import dev.dendra.format.Sha256;
import dev.dendra.format.Sparsification;
import dev.dendra.model.WordModel;
import dev.dendra.tensor.Pattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dendra sparsify} on a small model: calibrated by itself or by a text, measured, served, or refused. */
class SparsifyCommandTest {
    @TempDir
    Path folder;

    private Path model = Path.of("");
    private Path text = Path.of("");
    private Path output = Path.of("");
    private int exit;

    @BeforeEach
    void write() throws IOException {
        model = SmallGguf.write(folder.resolve("small.gguf"));
        text = Files.writeString(folder.resolve("text.txt"), "Whatever is said of it is said in ASCII. ".repeat(20));
        output = folder.resolve("out.dendra");
    }

    private CapturedConsole sparsify(String... arguments) {
        CapturedConsole user = new CapturedConsole("", folder.resolve("cache"));
        List<String> all = new ArrayList<>(List.of(
                "sparsify",
                model.toString(),
                "--pattern",
                "1x4",
                "--density",
                "0.5",
                "-o",
                output.toString(),
                "--threads",
                "2",
                "--kernels",
                "reference"));
        List<String> given = List.of(arguments);
        for (String shape : List.of("--calibration-sequences=4", "--calibration-length=32")) {
            if (given.stream().noneMatch(argument -> argument.equals(shape.split("=", -1)[0]))) {
                all.add(shape);
            }
        }
        all.addAll(given);
        exit = user.run(all.toArray(String[]::new));
        return user;
    }

    private Sparsification sparsification() throws IOException {
        try (DendraFile file = DendraFile.open(output)) {
            return file.provenance().sparsification().orElseThrow();
        }
    }

    @Test
    void theModelSamplesItsCalibrationOnce() throws IOException {
        CapturedConsole first = sparsify("--held-out", "none");
        assertEquals(0, exit, first::err);
        assertTrue(first.err().contains("Sampling calibration text: 100 %"), first.err());
        assertTrue(first.err().contains("Pruning 3 blocks: 100 %"), first.err());
        assertTrue(first.out().contains("pattern 1x4, density 0.5"), first.out());
        assertEquals("sampled, seed 1, 4 x 32, generator 1", sparsification().calibration());
        assertFalse(Files.exists(folder.resolve("out.dendra.partial")));
        byte[] bytes = Files.readAllBytes(output);

        CapturedConsole second = sparsify("--held-out", "none");
        assertFalse(second.err().contains("Sampling"), "kept in the cache");
        assertEquals(0, Arrays.compare(bytes, Files.readAllBytes(output)));

        CapturedConsole other = sparsify("--held-out", "none", "--seed", "2");
        assertTrue(other.err().contains("Sampling"), "of another seed");
    }

    @Test
    void qualityIsMeasuredAndTheModelCanBeUsed() throws IOException {
        CapturedConsole user = sparsify("--calibration", text.toString(), "--held-out", text.toString());
        assertEquals(0, exit, user::err);
        Sparsification.Quality quality = sparsification().quality().orElseThrow();
        assertEquals(text.toString(), quality.text());
        assertTrue(quality.perplexity() > 1 && quality.sourcePerplexity() > 1, quality.toString());
        assertTrue(user.out().contains("perplexity "), user.out());

        CapturedConsole reader = new CapturedConsole("", folder.resolve("cache"));
        assertEquals(
                0,
                reader.run("complete", "Whatever", "--model", output.toString(), "-n", "3", "--kernels", "reference"),
                reader::err);
    }

    @Test
    void aTextThatIsTooShortIsRefusedBeforeAnyWork() throws IOException {
        CapturedConsole user = sparsify("--calibration", text.toString(), "--calibration-sequences", "100");
        assertEquals(1, exit);
        assertTrue(
                user.err().contains(text + " is too short: 3200 tokens are needed for 100 sequences of 32"),
                user.err());
        assertNothingLeft();
    }

    @Test
    void sequencesLongerThanTheContextAreRefused() throws IOException {
        CapturedConsole user = sparsify("--calibration-length", "65");
        assertEquals(1, exit);
        assertTrue(user.err().contains("--calibration-length 65 is more than the 64 tokens"), user.err());
        assertNothingLeft();
    }

    @Test
    void aPackedModelIsRefusedWithTheReason() throws IOException {
        sparsify("--method", "magnitude", "--held-out", "none");
        assertEquals(0, exit);
        model = output;
        output = folder.resolve("again.dendra");
        CapturedConsole user = sparsify();
        assertEquals(1, exit);
        assertTrue(user.err().contains("is packed already"), user.err());
        assertNothingLeft();
    }

    @Test
    void whatCannotBeKeptIsNamed() throws IOException {
        CapturedConsole user = sparsify("--keep", "lm_head,blk.9");
        assertEquals(1, exit);
        assertTrue(user.err().contains("nothing to keep is called 'blk.9'"), user.err());
        assertNothingLeft();
    }

    @Test
    void neuronsStayInTheirOrderIfTheyAreTo() throws IOException {
        sparsify("--method", "magnitude", "--held-out", "none");
        assertEquals("magnitude, uniform, permuted", sparsification().method());
        sparsify("--method", "magnitude", "--held-out", "none", "--no-permute", "--unbalanced");
        assertEquals("magnitude, uniform, unbalanced", sparsification().method());
        assertEquals("none", sparsification().calibration(), "magnitudes need none");
    }

    private CapturedConsole packTrained(String... arguments) {
        CapturedConsole user = new CapturedConsole("", folder.resolve("cache"));
        List<String> all = new ArrayList<>(List.of(
                "sparsify",
                model.toString(),
                "--method=given",
                "--pattern=1x4",
                "-o",
                output.toString(),
                "--threads=2",
                "--kernels=reference"));
        all.addAll(List.of(arguments));
        exit = user.run(all.toArray(String[]::new));
        return user;
    }

    @Test
    void whatWasTrainedSparseIsComparedWithItsTeacher() throws IOException {
        Path teacher = model;
        model = SmallGguf.writeTrained(folder.resolve("student.gguf"), Pattern.QUADS);
        CapturedConsole user = packTrained("--baseline", teacher.toString(), "--held-out", text.toString());
        assertEquals(0, exit, user::err);
        assertFalse(user.err().contains("Sampling"), "nothing is calibrated");
        assertTrue(user.out().contains("of the sparse matrices, as given"), user.out());
        assertTrue(user.out().contains(", small "), user.out());
        Sparsification.Quality quality = sparsification().quality().orElseThrow();
        assertEquals(Optional.of(new Sparsification.Baseline("small", Sha256.of(teacher))), quality.baseline());
        assertTrue(quality.ratio() != 1, "they are different models");

        CapturedConsole reader = new CapturedConsole("", folder.resolve("cache"));
        assertEquals(0, reader.run("inspect", output.toString()), reader::err);
        assertTrue(reader.out().contains("by given; perplexity"), reader.out());
        assertTrue(reader.out().contains(" of small ("), reader.out());
        assertTrue(reader.out().lines().anyMatch(line -> line.matches(" *training method +made up")), reader.out());
        assertTrue(reader.out().lines().anyMatch(line -> line.matches(" *training tokens +1234")), reader.out());
    }

    @Test
    void withoutATeacherNothingIsMeasured() throws IOException {
        model = SmallGguf.writeTrained(folder.resolve("student.gguf"), Pattern.QUADS);
        CapturedConsole user = packTrained();
        assertEquals(0, exit, user::err);
        assertTrue(user.err().contains("with --method given that takes --baseline MODEL"), user.err());
        assertEquals(Optional.empty(), sparsification().quality());
    }

    @Test
    void aBaselineWithoutATextIsRefused() throws IOException {
        CapturedConsole user = sparsify("--baseline", model.toString(), "--held-out", "none");
        assertEquals(1, exit);
        assertTrue(user.err().contains("--held-out none"), user.err());
        assertNothingLeft();
    }

    @Test
    void aBaselineOfAnotherVocabularyIsRefused() throws IOException {
        Path other = folder.resolve("words.dendra");
        WordModel.write(other);
        model = SmallGguf.writeTrained(folder.resolve("student.gguf"), Pattern.QUADS);
        CapturedConsole user = packTrained("--baseline", other.toString(), "--held-out", text.toString());
        assertEquals(1, exit);
        assertTrue(user.err().contains("their vocabularies differ"), user.err());
        assertNothingLeft();
    }

    @Test
    void optionsThatChooseAreWrongUsageWhereThereIsNothingToChoose() throws IOException {
        model = SmallGguf.writeTrained(folder.resolve("student.gguf"), Pattern.QUADS);
        for (String option : List.of("--density=0.5", "--no-permute", "--reconstruct", "--allocation=owl")) {
            CapturedConsole user = packTrained(option);
            assertEquals(2, exit, option);
            assertTrue(user.err().contains("has no meaning with --method given"), user.err());
        }
        assertNothingLeft();
    }

    private void assertNothingLeft() throws IOException {
        assertFalse(Files.exists(output));
        try (Stream<Path> files = Files.list(folder)) {
            assertTrue(files.noneMatch(file -> file.toString().endsWith(".partial")), "work folders");
        }
    }
}
