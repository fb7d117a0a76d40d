// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

final class EmulatedAvx2KernelsTest extends EmulatedTierContract {
    EmulatedAvx2KernelsTest() {
        super(NativeTier.AVX2);
    }
}
