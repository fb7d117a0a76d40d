// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dendra.format.DendraFile;
import dev.dendra.format.Sha256;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelLoadException;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.tensor.ActivationPrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The sparse model of the repository against the logits that its student had when training was over: what was trained is
 * what is served. {@code DENDRA_MODELS} names another folder with such a pair of files.
 */
class SparseStudentTest {
    private static final String NAME = "smollm2-135m-sparse";

    /** How much further from the fixture rounded activations may be. */
    private static final int ROUNDED = 10;

    private static final Path FOLDER = Path.of(Optional.ofNullable(System.getenv("DENDRA_MODELS"))
            .filter(folder -> !folder.isBlank())
            .orElse("../models"));

    private final Path file = FOLDER.resolve(NAME + ".dendra");
    private final Path logits = FOLDER.resolve(NAME + ".logits.json");

    @BeforeEach
    void requireModel() {
        assumeTrue(Files.isRegularFile(file), () -> "no model at " + file + ": it is not part of this checkout");
        assertTrue(Files.isRegularFile(logits), () -> logits + " is missing: a model comes with its fixture");
    }

    @Test
    void theFixtureIsOfThisFile() throws IOException {
        assertEquals(StudentFixture.read(logits).modelSha256(), Sha256.of(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "vector"})
    void singlePrecisionActivationsGiveTheStudentsLogits(String provider) throws IOException {
        compare(provider, "activations f32", 1, kernels -> Activations.always(ActivationPrecision.F32));
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "vector"})
    void whatIsServedIsNearThem(String provider) throws IOException {
        compare(provider, "default activations", ROUNDED, Activations::defaultOf);
    }

    private void compare(String provider, String name, int looser, Function<Kernels, Activations> activations)
            throws IOException {
        StudentFixture fixture = StudentFixture.read(logits);
        int length = fixture.longest();
        try (DendraFile model = DendraFile.open(file);
                Kernels kernels = select(provider);
                ComputePool pool =
                        new ComputePool(Math.min(4, Runtime.getRuntime().availableProcessors()));
                LlamaModel loaded = LlamaModel.load(
                        model,
                        kernels,
                        pool,
                        new ModelOptions(
                                length,
                                length,
                                KvCacheOptions.ofBlocks(KvType.F32, Math.ceilDiv(length, KvLayout.BLOCK_TOKENS)),
                                activations.apply(kernels),
                                WeightPlacement.AUTO))) {
            fixture.requireLogits(loaded, kernels, name, looser * fixture.tolerance());
        }
    }

    private static Kernels select(String provider) {
        try {
            return KernelSelector.select(provider).kernels();
        } catch (KernelLoadException unavailable) {
            assumeTrue(false, unavailable.getMessage());
            throw unavailable;
        }
    }
}
