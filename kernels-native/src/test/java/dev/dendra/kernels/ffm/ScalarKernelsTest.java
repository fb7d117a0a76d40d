// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

final class ScalarKernelsTest extends NativeTierContract {
    ScalarKernelsTest() {
        super(NativeTier.SCALAR);
    }
}
