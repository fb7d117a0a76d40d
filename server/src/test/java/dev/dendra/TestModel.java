// SPDX-License-Identifier: Apache-2.0
package dev.dendra;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/** The default model, for tests that want a real one. */
public final class TestModel {
    private static final String FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";

    private TestModel() {}

    /**
     * Its file: the environment variable {@code DENDRA_TEST_MODEL}, else the system property
     * {@code dendra.test.model}, else what {@code dendra serve} keeps in its cache. Skips the test when there is none.
     */
    public static Path require() {
        Path model = Stream.of(System.getenv("DENDRA_TEST_MODEL"), System.getProperty("dendra.test.model"))
                .filter(Objects::nonNull)
                .filter(path -> !path.isBlank())
                .findFirst()
                .map(Path::of)
                .orElseGet(() -> cache().resolve(FILE));
        assumeTrue(Files.isRegularFile(model), () -> "no model at " + model + "; set DENDRA_TEST_MODEL");
        return model;
    }

    private static Path cache() {
        String cache = System.getenv("DENDRA_CACHE");
        return cache == null || cache.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache", "dendra")
                : Path.of(cache);
    }
}
