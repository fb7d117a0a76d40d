// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

final class EmulatedAvx512KernelsTest extends EmulatedTierContract {
    EmulatedAvx512KernelsTest() {
        super(NativeTier.AVX512);
    }
}
