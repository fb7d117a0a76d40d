// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

final class Avx512KernelsTest extends NativeTierContract {
    Avx512KernelsTest() {
        super(NativeTier.AVX512);
    }
}
