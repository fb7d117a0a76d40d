// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.format.Sha256;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that come with the program: found, checked, and refused with what to do. */
class ShippedModelsTest {
    /** The repository's own. */
    private static final Path CHECKED_OUT = Path.of("../models").resolve(ShippedModel.FILE);

    @TempDir
    Path folder;

    private Path models = Path.of("");
    private Path cache = Path.of("");
    private Path file = Path.of("");
    private byte[] content = {};

    @BeforeEach
    void ship() throws IOException {
        models = Files.createDirectory(folder.resolve("models"));
        cache = folder.resolve("cache");
        content = new byte[5000];
        new SplittableRandom(7).nextBytes(content);
        file = Files.write(models.resolve("small.dendra"), content);
    }

    private CatalogModel model() {
        return new CatalogModel(
                "small", "small.dendra", content.length, digest(), "Apache-2.0", List.of(new ModelOrigin.Shipped()));
    }

    private String digest() {
        return Sha256.of(MemorySegment.ofArray(content));
    }

    private Path fetch(Map<String, String> environment) throws IOException, InterruptedException {
        return ModelFetcher.into(cache, environment).fetch(model(), FetchProgress.NONE);
    }

    private Path fetch() throws IOException, InterruptedException {
        return fetch(Map.of("DENDRA_MODELS", models.toString()));
    }

    private String refused(Class<? extends IOException> type, Map<String, String> environment) {
        return String.valueOf(assertThrows(type, () -> fetch(environment)).getMessage());
    }

    private String refused(Class<? extends IOException> type) {
        return refused(type, Map.of("DENDRA_MODELS", models.toString()));
    }

    @Test
    void theFileIsUsedWhereItLies() throws Exception {
        assertEquals(file, fetch());
        try (Stream<Path> files = Files.list(cache)) {
            assertTrue(files.allMatch(each -> each.toString().endsWith(".digest")), "nothing is copied or packed");
        }
    }

    @Test
    void aDigestIsRememberedUntilTheFileChanges() throws Exception {
        fetch();
        FileTime before = Files.getLastModifiedTime(file);
        content[17] ^= 1;
        Files.write(file, content);
        content[17] ^= 1;
        Files.setLastModifiedTime(file, before);
        assertEquals(file, fetch(), "same size, time and identity: not read again");
        Files.setLastModifiedTime(file, FileTime.fromMillis(before.toMillis() + 1000));
        refused(DamagedModelException.class);
    }

    @Test
    void aFolderForDigestsIsNotNeeded() throws Exception {
        Files.writeString(cache, "a file where the folder should be");
        assertEquals(file, fetch());
    }

    @Test
    void anotherContentIsRefusedWithBothDigests() throws IOException {
        String expected = digest();
        byte[] changed = content.clone();
        changed[4999] ^= 1;
        Files.write(file, changed);
        String message = refused(DamagedModelException.class);
        assertTrue(message.startsWith(file + " has sha256 " + Sha256.of(file)), message);
        assertTrue(message.contains("the catalogue says " + expected), message);
        assertTrue(message.contains("git checkout -- models"), message);
    }

    @Test
    void aFileThatWasCutIsCalledThat() throws IOException {
        Files.write(file, Arrays.copyOf(content, 100));
        String message = refused(DamagedModelException.class);
        assertTrue(message.startsWith(file + " has 100 bytes, the catalogue says 5000"), message);
    }

    @Test
    void aPointerOfGitLfsIsCalledThat() throws IOException {
        Files.writeString(
                file,
                "version https://git-lfs.github.com/spec/v1\noid sha256:" + digest() + "\nsize " + content.length
                        + "\n");
        String message = refused(ModelUnavailableException.class);
        assertTrue(message.contains(file + " is a pointer of Git LFS"), message);
        assertTrue(message.contains("git lfs pull"), message);
    }

    @Test
    void aMissingFileIsRefusedWithTheNextStep() throws IOException {
        Files.delete(file);
        String message = refused(ModelUnavailableException.class);
        assertTrue(message.contains(file + " is not there"), message);
        assertTrue(message.contains("--model PATH"), message);
    }

    @Test
    void withTheProgramAloneTheFolderIsAskedFor() {
        for (Map<String, String> environment : List.of(Map.<String, String>of(), Map.of("DENDRA_MODELS", " "))) {
            String message = refused(ModelUnavailableException.class, environment);
            assertTrue(message.contains("model 'small' is a file that comes with Dendra"), message);
            assertTrue(message.contains("set DENDRA_MODELS to a folder with small.dendra"), message);
        }
    }

    /** Fails where the file in the repository and the catalogue disagree, and says which lines to write. */
    @Test
    void theCatalogueHasTheModelOfTheRepository() throws IOException {
        boolean there = Files.isRegularFile(CHECKED_OUT);
        long bytes = there ? Files.size(CHECKED_OUT) : 0;
        String digest = there ? Sha256.of(CHECKED_OUT) : "";
        String lines =
                "the catalogue and the file disagree; in the repository's root, run\n    sed -i 's/BYTES = .*;/BYTES = "
                        + bytes + "L;/; s/SHA256 = .*;/SHA256 = \"" + digest
                        + "\";/' server/src/main/java/dev/dendra/catalog/ShippedModel.java\n";
        assertEquals(bytes, ShippedModel.BYTES, lines);
        assertEquals(digest, ShippedModel.SHA256, lines);
        assertEquals(
                there,
                ModelCatalog.standard().find("smollm2-135m-sparse").isPresent(),
                "in the catalogue if it is in the repository");
        assertTrue(bytes <= 90_000_000, "larger than was promised");
        assertFalse(ModelCatalog.standard().defaultModel().isShipped());
    }
}
