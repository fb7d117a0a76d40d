// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.kernels.RopeOrder;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Rotary embedding, pair by pair. */
final class ReferenceRope {

    private ReferenceRope() {}

    static void rope(
            FloatMatrix x,
            int heads,
            int headDimension,
            int rotated,
            RopeOrder order,
            MemorySegment table,
            StepRows rows,
            int rowFrom,
            int rowTo) {
        int pairs = rotated / 2;
        for (int row = rowFrom; row < rowTo; row++) {
            for (int head = 0; head < heads; head++) {
                for (int pair = 0; pair < pairs; pair++) {
                    long entry = ((long) rows.position(row) * pairs + pair) * 2;
                    double cosine = table.getAtIndex(ValueLayout.JAVA_FLOAT, entry);
                    double sine = table.getAtIndex(ValueLayout.JAVA_FLOAT, entry + 1);
                    int first = head * headDimension
                            + switch (order) {
                                case NORM -> 2 * pair;
                                case NEOX -> pair;
                            };
                    int second = first
                            + switch (order) {
                                case NORM -> 1;
                                case NEOX -> pairs;
                            };
                    float a = x.get(row, first);
                    float b = x.get(row, second);
                    x.set(row, first, (float) (a * cosine - b * sine));
                    x.set(row, second, (float) (a * sine + b * cosine));
                }
            }
        }
    }
}
