// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.tensor.PanelLayout;

/** Encoding i8: one scale for the row, its largest magnitude over 127; codes rounded half to even. */
final class ChannelRowPacker extends RowPacker {

    ChannelRowPacker(PanelLayout layout) {
        super(layout);
    }

    @Override
    double pack(float[] values, byte[] panel, int row) {
        float largest = 0;
        for (int k = 0; k < columns; k++) {
            largest = Math.max(largest, Math.abs(values[k]));
        }
        float scale = largest / 127;
        putFloat(panel, scalesAt(row, 0), scale);
        double error = 0;
        for (int k = 0; k < columns; k++) {
            int code = GroupRowPacker.nearestCode(values[k], scale);
            panel[codesAt(row, k) + k % 4] = (byte) code;
            error += squaredDifference(values[k], scale * code);
        }
        return error;
    }
}
