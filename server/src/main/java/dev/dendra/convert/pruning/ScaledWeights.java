// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Weights as small signed integers times the scale of their group: i8, i8g32, and u4g32 with minima of -8 scales, whose
 * code 8 is zero.
 */
final class ScaledWeights extends CodedWeights {
    private static final int ZERO_NIBBLE = 8;

    private final ScaleChoice choice;
    private final GridScale grid;
    private final int group;
    private final int groups;
    private final byte[] codes;
    private final float[] scales;

    private ScaledWeights(String name, PanelLayout layout, ScaleChoice choice, int group) {
        super(name, layout);
        this.choice = choice;
        this.grid = new GridScale(choice);
        this.group = group;
        this.groups = Math.ceilDiv(columns, group);
        this.codes = new byte[Math.multiplyExact(layout.rows(), columns)];
        this.scales = new float[layout.rows() * groups];
    }

    static ScaledWeights of(String name, PanelLayout layout) {
        Encoding encoding = layout.encoding();
        int group = encoding.groupSize() == 0 ? layout.columns() : encoding.groupSize();
        return new ScaledWeights(name, layout, ScaleChoice.of(encoding), group);
    }

    @Override
    int groupColumns() {
        return group;
    }

    @Override
    void chooseScale(int row, int index, double[] values, boolean[] live, double[] importance) {
        int from = index * group;
        int to = Math.min(from + group, columns);
        scales[row * groups + index] = choice.scale(name, values, live, importance, from, to);
    }

    @Override
    void matchScale(int row, int index, double[] values, boolean[] live, double[] importance) {
        int from = index * group;
        int to = Math.min(from + group, columns);
        scales[row * groups + index] = grid.find(name, values, live, from, to)
                .orElseGet(() -> choice.scale(name, values, live, importance, from, to));
    }

    /** The scale of a weight. */
    float scale(int row, int k) {
        return scales[row * groups + k / group];
    }

    /** The code nearest to a value, ties to even. */
    int nearest(int row, int k, double value) {
        float scale = scale(row, k);
        return scale == 0 ? 0 : (int) Math.clamp(Math.rint(value / scale), choice.least(), choice.largest());
    }

    @Override
    float put(int row, int k, double value) {
        int code = nearest(row, k, value);
        codes[row * columns + k] = (byte) code;
        return scale(row, k) * code;
    }

    @Override
    float get(int row, int k) {
        return scale(row, k) * codes[row * columns + k];
    }

    @Override
    void write(int panel, MemorySegment target, long at) {
        int first = panel * PanelLayout.PANEL_ROWS;
        int rows = Math.min(PanelLayout.PANEL_ROWS, layout.rows() - first);
        boolean nibbles = layout.encoding() == Encoding.U4G32;
        if (nibbles) {
            clear(target, at);
        }
        for (int n = 0; n < rows; n++) {
            for (int index = 0; index < groups; index++) {
                writeScale(
                        target,
                        at + layout.scalesOffset(index * group) + n * 4L,
                        index,
                        scale(first + n, index * group));
            }
            for (int k = 0; k < columns; k++) {
                byte code = codes[(first + n) * columns + k];
                long place = at + layout.lineOffset(k) + n * 4L + k % 4;
                if (nibbles) {
                    int shift = k / 4 % 2 * 4;
                    int other = target.get(ValueLayout.JAVA_BYTE, place) & ~(0xf << shift);
                    target.set(ValueLayout.JAVA_BYTE, place, (byte) (other | (code + ZERO_NIBBLE) << shift));
                } else {
                    target.set(ValueLayout.JAVA_BYTE, place, code);
                }
            }
        }
    }

    private void writeScale(MemorySegment target, long line, int index, float scale) {
        switch (layout.encoding()) {
            case I8 -> target.set(ValueLayout.JAVA_FLOAT, line, scale);
            case I8G32 -> target.set(ValueLayout.JAVA_SHORT, line + index % 2 * 2L, Float.floatToFloat16(scale));
            case U4G32 -> {
                target.set(ValueLayout.JAVA_SHORT, line, Float.floatToFloat16(scale));
                target.set(
                        ValueLayout.JAVA_SHORT, line + 2, Float.floatToFloat16(scale == 0 ? 0 : -ZERO_NIBBLE * scale));
            }
            case F32, BF16 -> throw new AssertionError();
        }
    }

    /** Weights of zero everywhere, padding included. */
    private void clear(MemorySegment target, long at) {
        long codesOffset = layout.blockCodesOffset();
        for (int k = 0; k < layout.paddedColumns(); k += layout.blockColumns()) {
            target.asSlice(at + layout.scalesOffset(k) + codesOffset, layout.blockBytes() - codesOffset)
                    .fill((byte) (ZERO_NIBBLE << 4 | ZERO_NIBBLE));
        }
    }
}
