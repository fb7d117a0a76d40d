// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

/** A precision that kernels lack is refused by name, never computed in another one. */
interface ActivationPrecisionContract extends KernelsUnderTest {

    @Test
    default void allKernelsTakeSinglePrecision() {
        assertTrue(kernels().activationPrecisions().contains(ActivationPrecision.F32));
        kernels().requireActivations(ActivationPrecision.F32);
    }

    @Test
    default void aPrecisionThatIsLackingIsRefusedWithBothNames() {
        for (ActivationPrecision precision : ActivationPrecision.values()) {
            if (!kernels().activationPrecisions().contains(precision)) {
                assertRefused(precision, () -> kernels().requireActivations(precision));
                assertRefused(precision, () -> round(precision));
            }
        }
    }

    private void round(ActivationPrecision precision) {
        try (Arena arena = Arena.ofConfined()) {
            FloatMatrix x = FloatMatrix.allocate(arena, 1, 1);
            if (precision == ActivationPrecision.BF16) {
                kernels().roundRows(x, Bfloat16Matrix.allocate(arena, 1, 1), 0, 1);
            } else {
                kernels().quantizeRows(x, new Rounding(precision, 0).allocate(arena, 1, 1), 0, 1);
            }
        }
    }

    private void assertRefused(ActivationPrecision precision, Runnable use) {
        String message = String.valueOf(
                assertThrows(UnsupportedOperationException.class, use::run).getMessage());
        assertTrue(message.contains(precision.id()), message);
        assertTrue(message.contains(kernels().info().provider()), message);
        assertTrue(message.contains(kernels().info().isa()), message);
    }
}
