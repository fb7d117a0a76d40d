// SPDX-License-Identifier: Apache-2.0
package dev.dendra.sparse;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Single codes of dense panels by the place that they have in their quad-line: bits of bf16, signed bytes of i8 and i8g32,
 * {@code code - 8} of u4g32, so that zero is a weight of zero everywhere.
 */
final class QuadLines {
    private static final int ZERO_CODE = 8;

    private final PanelLayout layout;

    QuadLines(PanelLayout layout) {
        this.layout = layout;
    }

    int get(MemorySegment panels, long panel, int quad, int element) {
        long line = panel + layout.lineOffset(4 * quad);
        return switch (layout.encoding()) {
            case BF16 -> panels.get(ValueLayout.JAVA_SHORT, line + element * 2L);
            case I8, I8G32 -> panels.get(ValueLayout.JAVA_BYTE, line + element);
            case U4G32 -> (panels.get(ValueLayout.JAVA_BYTE, line + element) >> shift(quad) & 0xf) - ZERO_CODE;
            case F32 -> throw new AssertionError();
        };
    }

    void set(MemorySegment panels, long panel, int quad, int element, int value) {
        long line = panel + layout.lineOffset(4 * quad);
        switch (layout.encoding()) {
            case BF16 -> panels.set(ValueLayout.JAVA_SHORT, line + element * 2L, (short) value);
            case I8, I8G32 -> panels.set(ValueLayout.JAVA_BYTE, line + element, (byte) value);
            case U4G32 -> {
                int other = panels.get(ValueLayout.JAVA_BYTE, line + element) & ~(0xf << shift(quad));
                panels.set(ValueLayout.JAVA_BYTE, line + element, (byte)
                        (other | ((value + ZERO_CODE) & 0xf) << shift(quad)));
            }
            case F32 -> throw new AssertionError();
        }
    }

    private static int shift(int quad) {
        return quad % 2 * 4;
    }

    /** What a panel holds where it holds nothing: weights of zero, under scales of zero. */
    void clear(MemorySegment panels, long panel) {
        panels.asSlice(panel, layout.panelBytes()).fill((byte) 0);
        if (layout.encoding() == Encoding.U4G32) {
            for (int k = 0; k < layout.paddedColumns(); k += layout.blockColumns()) {
                long codes = panel + layout.scalesOffset(k) + layout.blockCodesOffset();
                panels.asSlice(codes, layout.blockBytes() - layout.blockCodesOffset())
                        .fill((byte) (ZERO_CODE << 4 | ZERO_CODE));
            }
        }
    }
}
