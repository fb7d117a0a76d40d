// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

final class AmxKernelsTest extends NativeTierContract {
    AmxKernelsTest() {
        super(NativeTier.AMX);
    }
}
