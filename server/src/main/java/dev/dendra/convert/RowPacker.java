// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.tensor.PanelLayout;

/**
 * Codes one row of weights and places it in a panel that is kept in an array. Holds scratch memory: one instance is
 * used by one thread.
 */
abstract sealed class RowPacker
        permits FloatRowPacker, BfloatRowPacker, ChannelRowPacker, GroupRowPacker, AffineRowPacker {
    final PanelLayout layout;
    final int columns;

    RowPacker(PanelLayout layout) {
        this.layout = layout;
        this.columns = layout.columns();
    }

    /** A packer of the layout's encoding. */
    static RowPacker of(PanelLayout layout) {
        return switch (layout.encoding()) {
            case F32 -> new FloatRowPacker(layout);
            case BF16 -> new BfloatRowPacker(layout);
            case I8 -> new ChannelRowPacker(layout);
            case I8G32 -> new GroupRowPacker(layout);
            case U4G32 -> new AffineRowPacker(layout);
        };
    }

    /**
     * Codes a row.
     *
     * @param values at least K finite weights
     * @param panel receives the codes and scales; zero where they go
     * @param row which of the panel's 16 rows this is
     * @return the sum of squared differences between the weights and what their codes stand for
     * @throws UnrepresentableWeightException if the encoding cannot hold the weights
     */
    abstract double pack(float[] values, byte[] panel, int row);

    /** Index in a panel's bytes of the 4 bytes that a row has in the line of input {@code k}. */
    final int codesAt(int row, int k) {
        return (int) layout.lineOffset(k) + row * 4;
    }

    /** Index in a panel's bytes of the 4 bytes that a row has in the line of scales of input {@code k}. */
    final int scalesAt(int row, int k) {
        return (int) layout.scalesOffset(k) + row * 4;
    }

    static void putShort(byte[] panel, int at, short value) {
        panel[at] = (byte) value;
        panel[at + 1] = (byte) (value >> 8);
    }

    static void putFloat(byte[] panel, int at, float value) {
        int bits = Float.floatToRawIntBits(value);
        putShort(panel, at, (short) bits);
        putShort(panel, at + 2, (short) (bits >> 16));
    }

    /** The nearest half-precision number, which must be finite. */
    static short toFloat16(float value) {
        short half = Float.floatToFloat16(value);
        if (!Float.isFinite(Float.float16ToFloat(half))) {
            throw new UnrepresentableWeightException(
                    "scale " + value + " is beyond half precision; pack it as f32 or bf16");
        }
        return half;
    }

    static double squaredDifference(float weight, float stored) {
        double difference = (double) weight - stored;
        return difference * difference;
    }
}
