// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.tensor.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Cosines and sines of rotary embedding for every position, as {@link dev.dendra.kernels.Kernels#rope} reads them. */
final class RopeTable {
    private RopeTable() {}

    /**
     * f32 {@code [positions][rotated/2][2]}.
     *
     * @param factors f32 {@code [rotated/2]} by which frequencies are divided, as Llama 3 files hold them, or an empty
     *     segment
     */
    static MemorySegment build(Arena arena, RopeConfig rope, MemorySegment factors, int positions) {
        int pairs = rope.rotated() / 2;
        double[] frequencies = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            double frequency = rope.scaling().scaled(Math.pow(rope.base(), -2.0 * i / rope.rotated()));
            double factor = factors.byteSize() == 0 ? 1 : factors.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            frequencies[i] = frequency / factor;
        }
        MemorySegment table = OffHeap.allocate(arena, (long) positions * rope.rotated() * Float.BYTES);
        long index = 0;
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < pairs; i++) {
                double angle = position * frequencies[i];
                table.setAtIndex(ValueLayout.JAVA_FLOAT, index++, (float) Math.cos(angle));
                table.setAtIndex(ValueLayout.JAVA_FLOAT, index++, (float) Math.sin(angle));
            }
        }
        return table;
    }
}
