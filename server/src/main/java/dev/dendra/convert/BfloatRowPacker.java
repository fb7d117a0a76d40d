// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.tensor.PanelLayout;

/** Encoding bf16: weights rounded to nearest, ties to even. */
final class BfloatRowPacker extends RowPacker {

    BfloatRowPacker(PanelLayout layout) {
        super(layout);
    }

    @Override
    double pack(float[] values, byte[] panel, int row) {
        double error = 0;
        for (int k = 0; k < columns; k++) {
            int bits = Float.floatToRawIntBits(values[k]);
            int upper = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
            float stored = Float.intBitsToFloat(upper << 16);
            if (!Float.isFinite(stored)) {
                throw new UnrepresentableWeightException("weight " + values[k] + " is beyond bf16; pack it as f32");
            }
            putShort(panel, codesAt(row, k) + k % 2 * 2, (short) upper);
            error += squaredDifference(values[k], stored);
        }
        return error;
    }
}
