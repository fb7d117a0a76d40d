// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.tensor.PanelLayout;

/** Encoding i8g32: the scale of 32 weights is their largest magnitude over 127, in half precision. */
final class GroupRowPacker extends RowPacker {
    private static final int GROUP = 32;

    GroupRowPacker(PanelLayout layout) {
        super(layout);
    }

    @Override
    double pack(float[] values, byte[] panel, int row) {
        double error = 0;
        for (int from = 0; from < columns; from += GROUP) {
            int to = Math.min(from + GROUP, columns);
            float largest = 0;
            for (int k = from; k < to; k++) {
                largest = Math.max(largest, Math.abs(values[k]));
            }
            short half = toFloat16(largest / 127);
            float scale = Float.float16ToFloat(half);
            putScale(panel, row, from / GROUP, half);
            for (int k = from; k < to; k++) {
                int code = nearestCode(values[k], scale);
                putCode(panel, row, k, code);
                error += squaredDifference(values[k], scale * code);
            }
        }
        return error;
    }

    void putCode(byte[] panel, int row, int k, int code) {
        panel[codesAt(row, k) + k % 4] = (byte) code;
    }

    void putScale(byte[] panel, int row, int group, short half) {
        putShort(panel, scalesAt(row, group * GROUP) + group % 2 * 2, half);
    }

    /** The code in -127 .. 127 nearest to {@code value / scale}, ties to even; 0 where the scale vanished. */
    static int nearestCode(float value, float scale) {
        if (scale == 0) {
            return 0;
        }
        return (int) Math.clamp(Math.rint((double) value / scale), -127, 127);
    }
}
