// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Operations on rows whose elements meet no other row: norm, sums, gate. */
final class ReferenceElementwise {

    private ReferenceElementwise() {}

    static void rmsNorm(FloatMatrix x, MemorySegment weight, float epsilon, FloatMatrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            double squares = 0;
            for (int k = 0; k < x.columns(); k++) {
                squares += (double) x.get(row, k) * x.get(row, k);
            }
            double root = Math.sqrt(squares / x.columns() + epsilon);
            for (int k = 0; k < x.columns(); k++) {
                y.set(row, k, (float) (x.get(row, k) / root * weight.getAtIndex(ValueLayout.JAVA_FLOAT, k)));
            }
        }
    }

    static void add(FloatMatrix x, FloatMatrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            for (int k = 0; k < x.columns(); k++) {
                y.set(row, k, y.get(row, k) + x.get(row, k));
            }
        }
    }

    static void addBias(MemorySegment bias, FloatMatrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            for (int k = 0; k < y.columns(); k++) {
                y.set(row, k, y.get(row, k) + bias.getAtIndex(ValueLayout.JAVA_FLOAT, k));
            }
        }
    }

    static void siluMultiply(FloatMatrix gate, FloatMatrix up, FloatMatrix y, int rows, int columnFrom, int columnTo) {
        for (int row = 0; row < rows; row++) {
            for (int k = columnFrom; k < columnTo; k++) {
                double g = gate.get(row, k);
                y.set(row, k, (float) (g / (1 + Math.exp(-g)) * up.get(row, k)));
            }
        }
    }
}
