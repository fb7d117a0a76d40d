// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.UnrepresentableWeightException;
import dev.dendra.tensor.Bfloat16;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Weights in bf16, rounded to nearest, ties to even. */
final class BfloatWeights extends CodedWeights {
    private final short[] codes;

    BfloatWeights(String name, PanelLayout layout) {
        super(name, layout);
        codes = new short[Math.multiplyExact(layout.rows(), columns)];
    }

    @Override
    int groupColumns() {
        return columns;
    }

    @Override
    void chooseScale(int row, int group, double[] values, boolean[] live, double[] importance) {
        // There is none.
    }

    @Override
    void matchScale(int row, int group, double[] values, boolean[] live, double[] importance) {
        // There is none.
    }

    @Override
    float put(int row, int k, double value) {
        short code = Bfloat16.ofFloat((float) value);
        float stored = Bfloat16.toFloat(code);
        if (!Float.isFinite(stored)) {
            throw new UnrepresentableWeightException(
                    name + ": weight [" + row + ", " + k + "] becomes " + value + ", which is beyond bf16");
        }
        codes[row * columns + k] = code;
        return stored;
    }

    @Override
    float get(int row, int k) {
        return Bfloat16.toFloat(codes[row * columns + k]);
    }

    @Override
    void write(int panel, MemorySegment target, long at) {
        int first = panel * PanelLayout.PANEL_ROWS;
        int rows = Math.min(PanelLayout.PANEL_ROWS, layout.rows() - first);
        for (int n = 0; n < rows; n++) {
            for (int k = 0; k < columns; k++) {
                long code = at + layout.lineOffset(k) + n * 4L + k % 2 * 2L;
                target.set(ValueLayout.JAVA_SHORT, code, codes[(first + n) * columns + k]);
            }
        }
    }
}
