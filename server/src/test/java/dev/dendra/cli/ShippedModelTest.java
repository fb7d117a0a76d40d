// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.catalog.CatalogModel;
import dev.dendra.catalog.ModelCatalog;
import dev.dendra.catalog.ModelOrigin;
import dev.dendra.convert.StageProgress;
import dev.dendra.convert.sparsify.ModelSparsifier;
import dev.dendra.convert.sparsify.SmallGguf;
import dev.dendra.convert.sparsify.SparsifyPlan;
import dev.dendra.convert.sparsify.SparsifyRequest;
import dev.dendra.format.GgufFile;
import dev.dendra.format.Sha256;
import dev.dendra.format.Sparsification;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small sparse model that comes with the program, by name in every command. */
class ShippedModelTest {
    private static final String NAME = "small-sparse";

    @TempDir
    Path folder;

    private Path teacher = Path.of("");
    private Path text = Path.of("");
    private Path models = Path.of("");
    private Path cache = Path.of("");
    private ModelCatalog catalog = ModelCatalog.standard();
    private String out = "";
    private String err = "";

    @BeforeEach
    void ship() throws IOException {
        models = Files.createDirectory(folder.resolve("models"));
        cache = folder.resolve("cache");
        teacher = SmallGguf.write(folder.resolve("teacher.gguf"));
        text = Files.writeString(folder.resolve("text.txt"), "Whatever is said of it is said in ASCII. ".repeat(20));
        Path student = SmallGguf.writeTrained(folder.resolve("student.gguf"), Pattern.QUADS);
        Path file = models.resolve(NAME + ".dendra");
        assertEquals(
                0,
                run(
                        "sparsify",
                        student.toString(),
                        "--method=given",
                        "--pattern=1x4",
                        "-o",
                        file.toString(),
                        "--baseline",
                        teacher.toString(),
                        "--held-out",
                        text.toString(),
                        "--kernels=reference"),
                () -> err);
        enter(file);
    }

    private void enter(Path file) throws IOException {
        CatalogModel model = new CatalogModel(
                NAME,
                NAME + ".dendra",
                Files.size(file),
                Sha256.of(file),
                "Apache-2.0",
                List.of(new ModelOrigin.Shipped()));
        List<CatalogModel> all = new ArrayList<>(ModelCatalog.standard().models());
        all.add(model);
        catalog = new ModelCatalog(all);
    }

    private int run(String... arguments) {
        return runTyping("", arguments);
    }

    private int runTyping(String input, String... arguments) {
        CapturedConsole user = new CapturedConsole(
                input, Map.of("DENDRA_CACHE", cache.toString(), "DENDRA_MODELS", models.toString()), catalog);
        int exit = user.run(arguments);
        out = user.out();
        err = user.err();
        return exit;
    }

    private int evaluate(String name, String baseline, Path text) {
        return run(
                "eval", name, "--baseline", baseline, "--text", text.toString(), "--context=64", "--kernels=reference");
    }

    @Test
    void itIsListed() {
        assertEquals(0, run("models"));
        assertTrue(out.lines().anyMatch(line -> line.startsWith(NAME) && line.endsWith("(comes with Dendra)")), out);
    }

    @Test
    void fetchingItSaysWhereItIs() {
        assertEquals(0, run("fetch", NAME));
        assertEquals(models.resolve(NAME + ".dendra") + System.lineSeparator(), out);
    }

    @Test
    void everyCommandTakesItsName() throws IOException {
        assertEquals(0, run("inspect", NAME), () -> err);
        assertTrue(out.contains("mapped from " + models.resolve(NAME + ".dendra")), out);
        assertEquals(0, run("complete", "Whatever", "--model", NAME, "-n", "3", "--kernels", "reference"), () -> err);
        assertEquals(0, evaluate(NAME, teacher.toString(), text), () -> err);
        assertTrue(out.contains(NAME + ", weights i8-1x4+i8"), out);
        assertEquals(0, evaluate(teacher.toString(), NAME, text), () -> err);
        assertEquals(
                0, run("bench", "--model", NAME, "-p", "8", "-n", "4", "-r", "1", "--kernels", "reference"), () -> err);
        assertEquals(1, runTyping("Hello\n", "chat", "--model", NAME, "--kernels", "reference"));
        assertTrue(err.contains("chat template"), "found, but it has no template: " + err);
        try (Stream<Path> files = Files.list(models)) {
            assertEquals(List.of(models.resolve(NAME + ".dendra")), files.toList(), "nothing is written beside it");
        }
        try (Stream<Path> files = Files.list(cache)) {
            assertTrue(
                    files.noneMatch(file ->
                            file.toString().contains(NAME) && file.toString().endsWith(".dendra")),
                    "it is not packed again");
        }
    }

    @Test
    void aMuchWorseOneIsServedOnlyToThoseWhoAcceptIt() throws Exception {
        Path file = models.resolve(NAME + ".dendra");
        Sparsification.Quality bad = new Sparsification.Quality("text", "2".repeat(64), 100, 10, 16);
        try (GgufFile source = GgufFile.open(folder.resolve("student.gguf"));
                Kernels kernels = KernelSelector.select("reference").kernels();
                ComputePool pool = new ComputePool(2)) {
            SparsifyRequest request =
                    SparsifyRequest.given(Pattern.QUADS, Encoding.I8, List.of("lm_head"), Optional.empty());
            ModelSparsifier.open(
                            SparsifyPlan.of(source, request), Optional.empty(), "1".repeat(64), file, kernels, pool)
                    .run(StageProgress.NONE)
                    .write(file, Optional.of(bad));
        }
        enter(file);
        assertEquals(1, run("serve", "--model", NAME, "--port=0", "--admin-port=0"));
        assertTrue(err.contains("perplexity is 1.60 times"), err);
        assertTrue(err.contains("--accept-quality-loss"), err);
    }

    @Test
    void aChangedFileIsUsedByNoCommand() throws IOException {
        Path file = models.resolve(NAME + ".dendra");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 70] ^= 1;
        Files.write(file, bytes);
        for (List<String> command : List.of(
                List.of("inspect", NAME),
                List.of("complete", "Whatever", "--model", NAME),
                List.of("chat", "--model", NAME),
                List.of("serve", "--model", NAME, "--port=0", "--admin-port=0"),
                List.of("eval", NAME),
                List.of("fetch", NAME))) {
            assertEquals(1, run(command.toArray(String[]::new)), command::toString);
            assertTrue(err.contains(file + " has sha256 " + Sha256.of(file)), err);
        }
    }
}
