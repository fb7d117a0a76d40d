// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads single weights out of a packed matrix by the table of {@link PanelLayout}, and by nothing else. */
public final class PanelReader {
    private final PanelLayout layout;
    private final MemorySegment segment;

    /** Reads a matrix of that layout. */
    public PanelReader(PanelLayout layout, MemorySegment segment) {
        this.layout = layout;
        this.segment = segment;
    }

    /** The weight at [n, k], which may lie in the padding. */
    public float weight(int row, int k) {
        long n = row % 16;
        return switch (layout.encoding()) {
            case F32 -> segment.get(ValueLayout.JAVA_FLOAT, panel(row) + k * 64L + n * 4);
            case BF16 -> {
                short bits = segment.get(ValueLayout.JAVA_SHORT, panel(row) + k / 2 * 64L + n * 4 + k % 2 * 2L);
                yield Float.intBitsToFloat(bits << 16);
            }
            case I8 -> code(row, k) * segment.get(ValueLayout.JAVA_FLOAT, panel(row) + n * 4);
            case I8G32 -> code(row, k) * half(panel(row) + k / 64 * 1088L + n * 4 + k / 32 % 2 * 2L);
            case U4G32 -> {
                long at = panel(row) + k / 32 * 320L + n * 4;
                yield Math.fma(half(at), code(row, k), half(at + 2));
            }
        };
    }

    /** The integer code at [n, k]. */
    public int code(int row, int k) {
        long n = row % 16;
        return switch (layout.encoding()) {
            case I8 -> segment.get(ValueLayout.JAVA_BYTE, panel(row) + 64 + k / 4 * 64L + n * 4 + k % 4);
            case I8G32 -> {
                long block = panel(row) + k / 64 * 1088L;
                yield segment.get(ValueLayout.JAVA_BYTE, block + 64 + k % 64 / 4 * 64L + n * 4 + k % 4);
            }
            case U4G32 -> {
                long block = panel(row) + k / 32 * 320L;
                int pair = segment.get(ValueLayout.JAVA_BYTE, block + 64 + k % 32 / 8 * 64L + n * 4 + k % 4);
                yield k / 4 % 2 == 0 ? pair & 15 : (pair >> 4) & 15;
            }
            default -> throw new IllegalArgumentException("no codes in " + layout.encoding());
        };
    }

    private long panel(int row) {
        return row / 16 * layout.panelBytes();
    }

    private float half(long at) {
        return Float.float16ToFloat(segment.get(ValueLayout.JAVA_SHORT, at));
    }
}
