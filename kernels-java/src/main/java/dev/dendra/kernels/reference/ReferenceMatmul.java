// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.Bfloat16;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.CodePlane;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.ValueLayout;

/** Products with packed weights and rows of packed tables, one element at a time. */
final class ReferenceMatmul {

    private ReferenceMatmul() {}

    static void gather(PackedMatrix table, StepRows rows, FloatMatrix y, int rowFrom, int rowTo) {
        PanelReader reader = new PanelReader(table);
        for (int row = rowFrom; row < rowTo; row++) {
            for (int k = 0; k < table.columns(); k++) {
                y.set(row, k, reader.weight(rows.token(row), k));
            }
        }
    }

    static void matmul(PackedMatrix w, FloatMatrix x, FloatMatrix y, int rows, int panelFrom, int panelTo) {
        PanelReader reader = new PanelReader(w);
        boolean scaledAtEnd = w.encoding() == Encoding.I8;
        float[] weights = new float[w.columns()];
        for (int n = panelFrom * PanelLayout.PANEL_ROWS; n < panelTo * PanelLayout.PANEL_ROWS; n++) {
            for (int k = 0; k < weights.length; k++) {
                weights[k] = scaledAtEnd ? reader.code(n, k) : reader.weight(n, k);
            }
            for (int m = 0; m < rows; m++) {
                float sum = 0;
                for (int k = 0; k < weights.length; k++) {
                    sum = Math.fma(x.get(m, k), weights[k], sum);
                }
                y.set(m, n, scaledAtEnd ? sum * reader.scale(n, 0) : sum);
            }
        }
    }

    static void matmul(PackedMatrix w, QuantizedMatrix x, FloatMatrix y, int rows, int panelFrom, int panelTo) {
        if (!w.encoding().isInteger() || w.encoding().groupSize() != x.group()) {
            throw new IllegalArgumentException(w.name() + ": " + w.encoding().id()
                    + " weights have no integer product with activations of group " + x.group());
        }
        PanelReader reader = new PanelReader(w);
        int scaleColumns = x.scaleColumns();
        for (int n = panelFrom * PanelLayout.PANEL_ROWS; n < panelTo * PanelLayout.PANEL_ROWS; n++) {
            int[] codes = codes(reader, n, w.columns());
            for (int m = 0; m < rows; m++) {
                float sum = 0;
                for (int k = 0; k < codes.length; k += scaleColumns) {
                    int to = Math.min(k + scaleColumns, codes.length);
                    sum = addGroup(reader, n, x, m, k, dot(codes, x, m, k, to), sum);
                }
                y.set(m, n, sum);
            }
        }
    }

    private static float addGroup(PanelReader reader, int n, QuantizedMatrix x, int m, int k, float dot, float sum) {
        float activationScale = x.scales().getAtIndex(ValueLayout.JAVA_FLOAT, x.scaleIndex(m, k));
        float scale = reader.scale(n, k);
        return switch (reader.encoding()) {
            case I8 -> dot * (activationScale * scale);
            case I8G32 -> Math.fma(activationScale, scale * dot, sum);
            case U4G32 -> Math.fma(activationScale, Math.fma(scale, dot, reader.minimum(n, k) * codeSum(x, m, k)), sum);
            case F32, BF16 -> throw new AssertionError(reader.encoding());
        };
    }

    private static int[] codes(PanelReader reader, int n, int columns) {
        int[] codes = new int[columns];
        for (int k = 0; k < columns; k++) {
            codes[k] = reader.code(n, k);
        }
        return codes;
    }

    private static float dot(int[] codes, QuantizedMatrix x, int m, int from, int to) {
        int dot = dot(codes, x.plane(), (long) m * x.stride(), from, to);
        CodePlane low = x.lowPlane();
        return low == null ? dot : Math.fma(256f, dot, (float) dot(codes, low, (long) m * x.stride(), from, to));
    }

    private static int dot(int[] codes, CodePlane plane, long row, int from, int to) {
        int dot = 0;
        for (int k = from; k < to; k++) {
            dot += codes[k] * plane.codes().get(ValueLayout.JAVA_BYTE, row + k);
        }
        return dot;
    }

    private static float codeSum(QuantizedMatrix x, int m, int k) {
        int sum = x.plane().sums().getAtIndex(ValueLayout.JAVA_INT, x.scaleIndex(m, k));
        CodePlane low = x.lowPlane();
        return low == null
                ? sum
                : Math.fma(256f, sum, (float) low.sums().getAtIndex(ValueLayout.JAVA_INT, x.scaleIndex(m, k)));
    }

    static void matmul(PackedMatrix w, Bfloat16Matrix x, FloatMatrix y, int rows, int panelFrom, int panelTo) {
        PanelReader reader = new PanelReader(w);
        boolean scaledAtEnd = w.encoding() == Encoding.I8;
        float[] weights = new float[w.columns()];
        for (int n = panelFrom * PanelLayout.PANEL_ROWS; n < panelTo * PanelLayout.PANEL_ROWS; n++) {
            for (int k = 0; k < weights.length; k++) {
                float weight = scaledAtEnd ? reader.code(n, k) : reader.weight(n, k);
                weights[k] = Bfloat16.toFloat(Bfloat16.ofFloat(weight));
            }
            for (int m = 0; m < rows; m++) {
                float sum = 0;
                for (int k = 0; k < weights.length; k++) {
                    sum = Math.fma(x.get(m, k), weights[k], sum);
                }
                y.set(m, n, scaledAtEnd ? sum * reader.scale(n, 0) : sum);
            }
        }
    }
}
