// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * Weights {@code [N, K]} in an encoding, all of them zero at first. Rows may be written by different threads.
 *
 * <p>Scales are chosen before codes: {@link #chooseScale} or {@link #matchScale} for a group, then {@link #put} for its
 * weights.
 */
abstract sealed class CodedWeights permits BfloatWeights, ScaledWeights {
    final String name;
    final PanelLayout layout;
    final int columns;

    CodedWeights(String name, PanelLayout layout) {
        this.name = name;
        this.layout = layout;
        this.columns = layout.columns();
    }

    static CodedWeights of(String name, PanelLayout layout) {
        return switch (layout.encoding()) {
            case BF16 -> new BfloatWeights(name, layout);
            case I8, I8G32, U4G32 -> ScaledWeights.of(name, layout);
            case F32 -> throw new IllegalArgumentException("f32 weights have no codes");
        };
    }

    /** Inputs that share a scale; K where all of them do, or there is none. */
    abstract int groupColumns();

    /**
     * Chooses the scale of a group for its live weights.
     *
     * @param row the output
     * @param group index of the group
     * @param values weights of the row
     * @param live which of them live
     * @param importance of a squared error at each input
     */
    abstract void chooseScale(int row, int group, double[] values, boolean[] live, double[] importance);

    /**
     * As {@link #chooseScale}, but if the live weights lie on a grid whose points are codes, the scale is that grid's.
     */
    abstract void matchScale(int row, int group, double[] values, boolean[] live, double[] importance);

    /** Codes a weight as near as the scale allows, and returns what the code stands for. */
    abstract float put(int row, int k, double value);

    /** What the code of a weight stands for. */
    abstract float get(int row, int k);

    /** Writes a panel to memory that is zero. */
    abstract void write(int panel, MemorySegment target, long at);

    /** The weights in kernel layout. */
    final PackedMatrix pack(SegmentAllocator allocator) {
        MemorySegment target = allocator.allocate(layout.bytes(), PanelLayout.LINE_BYTES);
        for (int panel = 0; panel < layout.panels(); panel++) {
            write(panel, target, panel * layout.panelBytes());
        }
        return new PackedMatrix(name, layout, target);
    }

    /** What the codes stand for, N * K row by row. */
    final float[] values() {
        float[] values = new float[layout.rows() * columns];
        for (int row = 0; row < layout.rows(); row++) {
            for (int k = 0; k < columns; k++) {
                values[row * columns + k] = get(row, k);
            }
        }
        return values;
    }
}
