// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.kernels.KernelInfo;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.Tuning;
import dev.dendra.tensor.ActivationPrecision;
import java.lang.reflect.Proxy;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class ActivationsTest {

    @Test
    void theKernelsSayFromHowManyRowsBfloat16IsTheDefault() {
        Activations activations = Activations.defaultOf(kernels(24));

        assertEquals(new Activations(ActivationPrecision.I16, ActivationPrecision.BF16, 24), activations);
        assertEquals(EnumSet.of(ActivationPrecision.I16, ActivationPrecision.BF16), activations.precisions());
    }

    @Test
    void whereBfloat16IsNeverFasterInt16IsTheDefault() {
        Activations activations = Activations.defaultOf(kernels(Tuning.NEVER));

        assertEquals(Activations.always(ActivationPrecision.I16), activations);
        assertEquals(EnumSet.of(ActivationPrecision.I16), activations.precisions());
    }

    @Test
    void oneForEveryStepIsThatOfSmallOnes() {
        Activations mixed = Activations.defaultOf(kernels(24));
        Activations one = mixed.inEveryStep();
        for (int rows : new int[] {1, 23, 24, 25, 256}) {
            assertEquals(ActivationPrecision.I16, one.of(rows), rows + " rows");
        }
        assertEquals(EnumSet.of(ActivationPrecision.I16), one.precisions());
        Activations already = Activations.defaultOf(kernels(Tuning.NEVER));
        assertEquals(already, already.inEveryStep());
    }

    private static Kernels kernels(int bfloat16RowsFrom) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "info" -> new KernelInfo("native", "amx", 512);
                    case "bfloat16RowsFrom" -> bfloat16RowsFrom;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
