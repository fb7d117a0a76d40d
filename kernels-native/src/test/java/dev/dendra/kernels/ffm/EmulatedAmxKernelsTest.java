// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

final class EmulatedAmxKernelsTest extends EmulatedTierContract {
    EmulatedAmxKernelsTest() {
        super(NativeTier.AMX);
    }
}
