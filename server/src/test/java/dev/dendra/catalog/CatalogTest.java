// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.format.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CatalogTest {

    @Test
    void entriesAreComplete() {
        Set<String> names = new HashSet<>();
        for (CatalogModel model : ModelCatalog.standard().models()) {
            assertTrue(names.add(model.name()), model.name());
            assertTrue(Sha256.isHex(model.sha256()), model.name());
            assertTrue(model.bytes() > 0 && !model.origins().isEmpty(), model.name());
        }
        assertEquals(
                Optional.of(ModelCatalog.standard().defaultModel()),
                ModelCatalog.standard().find("SmolLM2-135M-Instruct"));
        assertEquals(Optional.empty(), ModelCatalog.standard().find("no-such-model"));
    }

    @Test
    void theCacheFolderFollowsOptionThenEnvironment() {
        Map<String, String> all = Map.of("DENDRA_CACHE", "/ours", "XDG_CACHE_HOME", "/shared", "HOME", "/home/u");
        assertEquals(Path.of("given"), CacheFolder.resolve(Optional.of(Path.of("given")), all));
        assertEquals(Path.of("/ours"), CacheFolder.resolve(Optional.empty(), all));
        assertEquals(
                Path.of("/shared/dendra"),
                CacheFolder.resolve(Optional.empty(), Map.of("XDG_CACHE_HOME", "/shared", "HOME", "/home/u")));
        assertEquals(
                Path.of("/home/u/.cache/dendra"),
                CacheFolder.resolve(Optional.empty(), Map.of("XDG_CACHE_HOME", "relative", "HOME", "/home/u")));
    }

    @Test
    void theModelAddressMustBeAWebAddress() {
        assertThrows(
                IllegalArgumentException.class,
                () -> ModelFetcher.into(Path.of("cache"), Map.of("DENDRA_MODEL_URL", "file:///etc/passwd")));
    }

    @Test
    void progressIsALineForEachQuarterOrOneBar() {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        report(new ProgressLines(new PrintStream(lines, true, StandardCharsets.UTF_8)));
        assertEquals(5, lines.toString(StandardCharsets.UTF_8).lines().count());
        ByteArrayOutputStream bar = new ByteArrayOutputStream();
        report(new ProgressBar(new PrintStream(bar, true, StandardCharsets.UTF_8)));
        String drawn = bar.toString(StandardCharsets.UTF_8);
        assertEquals(1, drawn.chars().filter(c -> c == '\n').count());
        assertTrue(drawn.contains("100 % of 2.0 MB"), drawn);
    }

    private static void report(FetchProgress progress) {
        progress.started("Fetching m", 2_000_000);
        for (int done = 0; done <= 2_000_000; done += 1000) {
            progress.advanced(done);
        }
        progress.finished();
    }
}
