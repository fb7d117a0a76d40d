// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

final class Avx2KernelsTest extends NativeTierContract {
    Avx2KernelsTest() {
        super(NativeTier.AVX2);
    }
}
