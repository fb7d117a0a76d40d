// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes single codes and scales of a packed matrix by the table in {@link dev.dendra.tensor.PanelLayout}. */
final class PanelWriter {
    private final PackedMatrix matrix;
    private final MemorySegment segment;

    PanelWriter(PackedMatrix matrix) {
        this.matrix = matrix;
        this.segment = matrix.segment();
    }

    /** {@code f32} and {@code bf16} only; bf16 keeps the upper half of the bits. */
    void setFloat(int n, int k, float value) {
        long panel = panel(n);
        int lane = n % 16;
        switch (matrix.encoding()) {
            case F32 -> segment.set(ValueLayout.JAVA_FLOAT, panel + k * 64L + lane * 4L, value);
            case BF16 ->
                segment.set(ValueLayout.JAVA_SHORT, panel + (k >> 1) * 64L + lane * 4L + (k & 1) * 2L, (short)
                        (Float.floatToRawIntBits(value) >>> 16));
            case I8, I8G32, U4G32 -> throw new IllegalArgumentException(matrix.encoding() + " has integer codes");
        }
    }

    void setCode(int n, int k, int code) {
        long panel = panel(n);
        int lane = n % 16;
        switch (matrix.encoding()) {
            case I8 ->
                segment.set(ValueLayout.JAVA_BYTE, panel + 64 + (k >> 2) * 64L + lane * 4L + (k & 3), (byte) code);
            case I8G32 -> {
                long block = panel + (k >> 6) * 1088L;
                segment.set(ValueLayout.JAVA_BYTE, block + 64 + (k >> 2 & 15) * 64L + lane * 4L + (k & 3), (byte) code);
            }
            case U4G32 -> {
                long offset = panel + (k >> 5) * 320L + 64 + (k >> 3 & 3) * 64L + lane * 4L + (k & 3);
                int shift = k & 4;
                int others = segment.get(ValueLayout.JAVA_BYTE, offset) & ~(0xf << shift);
                segment.set(ValueLayout.JAVA_BYTE, offset, (byte) (others | code << shift));
            }
            case F32, BF16 -> throw new IllegalArgumentException(matrix.encoding() + " has no integer codes");
        }
    }

    void setScale(int n, int k, float scale) {
        long lane = panel(n) + n % 16 * 4L;
        switch (matrix.encoding()) {
            case I8 -> segment.set(ValueLayout.JAVA_FLOAT, lane, scale);
            case I8G32 -> setHalf(lane + (k >> 6) * 1088L + (k >> 5 & 1) * 2L, scale);
            case U4G32 -> setHalf(lane + (k >> 5) * 320L, scale);
            case F32, BF16 -> throw new IllegalArgumentException(matrix.encoding() + " has no scales");
        }
    }

    /** {@code u4g32} only. */
    void setMinimum(int n, int k, float minimum) {
        setHalf(panel(n) + (k >> 5) * 320L + (n % 16) * 4L + 2, minimum);
    }

    private void setHalf(long offset, float value) {
        segment.set(ValueLayout.JAVA_SHORT, offset, Float.floatToFloat16(value));
    }

    private long panel(int n) {
        return (n >> 4) * matrix.layout().panelBytes();
    }
}
