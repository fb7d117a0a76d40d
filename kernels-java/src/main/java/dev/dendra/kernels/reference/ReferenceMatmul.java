// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.kernels.StepRows;
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
        PanelReader reader = new PanelReader(w);
        for (int n = panelFrom * PanelLayout.PANEL_ROWS; n < panelTo * PanelLayout.PANEL_ROWS; n++) {
            int[] codes = codes(reader, n, w.columns());
            for (int m = 0; m < rows; m++) {
                float product = switch (w.encoding()) {
                    case I8 -> channelProduct(reader, codes, n, x, m);
                    case I8G32 -> signedGroupProduct(reader, codes, n, x, m);
                    case U4G32 -> unsignedGroupProduct(reader, codes, n, x, m);
                    case F32, BF16 ->
                        throw new IllegalArgumentException(
                                w.name() + ": " + w.encoding().id() + " has no integer product");
                };
                y.set(m, n, product);
            }
        }
    }

    private static int[] codes(PanelReader reader, int n, int columns) {
        int[] codes = new int[columns];
        for (int k = 0; k < columns; k++) {
            codes[k] = reader.code(n, k);
        }
        return codes;
    }

    private static float channelProduct(PanelReader reader, int[] codes, int n, QuantizedMatrix x, int m) {
        int dot = 0;
        for (int k = 0; k < codes.length; k++) {
            dot += codes[k] * x.rowCodes().get(ValueLayout.JAVA_BYTE, (long) m * x.stride() + k);
        }
        float activationScale = x.rowScales().getAtIndex(ValueLayout.JAVA_FLOAT, m);
        return (float) dot * (activationScale * reader.scale(n, 0));
    }

    private static float signedGroupProduct(PanelReader reader, int[] codes, int n, QuantizedMatrix x, int m) {
        float y = 0;
        for (int k = 0; k < codes.length; k += QuantizedMatrix.GROUP) {
            y = Math.fma(groupScale(x, m, k), reader.scale(n, k) * (float) groupDot(codes, x, m, k), y);
        }
        return y;
    }

    private static float unsignedGroupProduct(PanelReader reader, int[] codes, int n, QuantizedMatrix x, int m) {
        float y = 0;
        for (int k = 0; k < codes.length; k += QuantizedMatrix.GROUP) {
            int sum = x.groupSums().getAtIndex(ValueLayout.JAVA_INT, group(x, m, k));
            float weighted =
                    Math.fma(reader.scale(n, k), (float) groupDot(codes, x, m, k), reader.minimum(n, k) * (float) sum);
            y = Math.fma(groupScale(x, m, k), weighted, y);
        }
        return y;
    }

    private static int groupDot(int[] codes, QuantizedMatrix x, int m, int from) {
        int dot = 0;
        for (int k = from; k < Math.min(from + QuantizedMatrix.GROUP, codes.length); k++) {
            dot += codes[k] * x.groupCodes().get(ValueLayout.JAVA_BYTE, (long) m * x.stride() + k);
        }
        return dot;
    }

    private static float groupScale(QuantizedMatrix x, int m, int k) {
        return x.groupScales().getAtIndex(ValueLayout.JAVA_FLOAT, group(x, m, k));
    }

    private static long group(QuantizedMatrix x, int m, int k) {
        return ((long) m * x.stride() + k) / QuantizedMatrix.GROUP;
    }
}
