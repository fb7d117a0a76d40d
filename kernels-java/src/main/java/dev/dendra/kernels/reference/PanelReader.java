// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.sparse.SparseExpansion;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads single weights of a packed matrix, straight from the table in {@link PanelLayout}; a sparse matrix is expanded
 * first. Valid for padding too: outputs up to N padded to 16 and inputs up to K padded to 64.
 */
public final class PanelReader {
    private final PanelLayout layout;
    private final Encoding encoding;
    private final MemorySegment segment;

    /** A reader of {@code matrix}. */
    public PanelReader(PackedMatrix matrix) {
        this.layout = matrix.layout();
        this.encoding = matrix.encoding();
        this.segment = SparseExpansion.dense(matrix, Arena.ofAuto()).segment();
    }

    /** How the weights are coded. */
    public Encoding encoding() {
        return encoding;
    }

    /** Weight of output {@code n} and input {@code k}, as {@link Encoding} defines it. */
    public float weight(int n, int k) {
        return switch (encoding) {
            case F32 -> segment.get(ValueLayout.JAVA_FLOAT, line(n, k));
            case BF16 -> Float.intBitsToFloat(segment.get(ValueLayout.JAVA_SHORT, line(n, k) + k % 2 * 2L) << 16);
            case I8, I8G32 -> code(n, k) * scale(n, k);
            case U4G32 -> Math.fma(scale(n, k), code(n, k), minimum(n, k));
        };
    }

    /** Integer code of a weight; the encoding must be an integer one. */
    public int code(int n, int k) {
        return switch (encoding) {
            case I8, I8G32 -> segment.get(ValueLayout.JAVA_BYTE, line(n, k) + k % 4);
            case U4G32 -> {
                int pair = segment.get(ValueLayout.JAVA_BYTE, line(n, k) + k % 4);
                yield k / 4 % 2 == 0 ? pair & 0xf : pair >> 4 & 0xf;
            }
            case F32, BF16 -> throw new IllegalArgumentException(encoding.id() + " weights have no integer codes");
        };
    }

    /** Scale that applies to output {@code n} and input {@code k}; 1 where the encoding has none. */
    public float scale(int n, int k) {
        return switch (encoding) {
            case F32, BF16 -> 1;
            case I8 -> segment.get(ValueLayout.JAVA_FLOAT, scales(n, k));
            case I8G32 -> half(scales(n, k) + k / 32 % 2 * 2L);
            case U4G32 -> half(scales(n, k));
        };
    }

    /** Minimum that applies to output {@code n} and input {@code k}; 0 where the encoding has none. */
    public float minimum(int n, int k) {
        return encoding == Encoding.U4G32 ? half(scales(n, k) + 2) : 0;
    }

    private float half(long offset) {
        return Float.float16ToFloat(segment.get(ValueLayout.JAVA_SHORT, offset));
    }

    private long line(int n, int k) {
        return lane(n) + layout.lineOffset(k);
    }

    private long scales(int n, int k) {
        return lane(n) + layout.scalesOffset(k);
    }

    /** An output's part of the first line of its panel. */
    private long lane(int n) {
        return n / PanelLayout.PANEL_ROWS * layout.panelBytes() + n % PanelLayout.PANEL_ROWS * 4L;
    }
}
