// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.model.Activations;
import dev.dendra.model.WeightPlacement;
import dev.dendra.platform.ThreadPlacement;
import dev.dendra.tensor.ActivationPrecision;
import org.junit.jupiter.api.Test;

class DeterminismTest {
    private static final Activations OF_TILES = new Activations(ActivationPrecision.I16, ActivationPrecision.BF16, 24);

    @Test
    void itSaysWhatItChanges() {
        assertEquals(
                "activations are i16 in steps of any size instead of i16, bf16 from 24 rows on, for prompts that take"
                        + " longer",
                Determinism.describe(OF_TILES));
        assertEquals(
                "already so: activations are f32 in steps of any size",
                Determinism.describe(Activations.always(ActivationPrecision.F32)));
    }

    @Test
    void itTakesOnePrecisionForAllSteps() {
        try (Kernels kernels = KernelSelector.select("reference").kernels()) {
            ComputeChoice choice = new ComputeChoice(
                    1, 0, _ -> OF_TILES, WeightPlacement.AUTO, KvType.BF16, ThreadPlacement.anywhere(1));
            assertEquals(
                    Activations.always(ActivationPrecision.I16),
                    choice.deterministic().activations().apply(kernels));
        }
    }
}
