// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.UnrepresentableWeightException;

/** Weights {@code [N, K]} in single precision. */
public final class WeightMatrix {
    private final String name;
    private final int rows;
    private final int columns;
    private final float[] values;

    /**
     * A matrix over existing weights.
     *
     * @param name the tensor's name, for messages
     * @param rows outputs N
     * @param columns inputs K
     * @param values N * K weights, row by row; not copied
     * @throws UnrepresentableWeightException naming the first weight that is not finite
     */
    public WeightMatrix(String name, int rows, int columns, float[] values) {
        if (rows < 1 || columns < 1 || values.length != (long) rows * columns) {
            throw new IllegalArgumentException(
                    name + ": " + values.length + " weights for a matrix of [" + rows + ", " + columns + "]");
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new UnrepresentableWeightException(
                        name + ": weight [" + i / columns + ", " + i % columns + "] is " + values[i]);
            }
        }
        this.name = name;
        this.rows = rows;
        this.columns = columns;
        this.values = values;
    }

    /** The tensor's name. */
    public String name() {
        return name;
    }

    /** Outputs N. */
    public int rows() {
        return rows;
    }

    /** Inputs K. */
    public int columns() {
        return columns;
    }

    /** The weights themselves, row by row; not a copy. */
    public float[] values() {
        return values;
    }

    /** Writes row {@code n}, K weights, to the start of {@code target}. */
    void row(int n, double[] target) {
        for (int k = 0; k < columns; k++) {
            target[k] = values[n * columns + k];
        }
    }

    /** One weight. */
    public float get(int n, int k) {
        return values[n * columns + k];
    }

    /** The matrix whose rows are these in another order: {@code order[i]} comes i-th. */
    public WeightMatrix withRows(int[] order) {
        float[] reordered = new float[values.length];
        for (int n = 0; n < rows; n++) {
            System.arraycopy(values, order[n] * columns, reordered, n * columns, columns);
        }
        return new WeightMatrix(name, rows, columns, reordered);
    }

    /** The matrix whose columns are these in another order: {@code order[i]} comes i-th. */
    public WeightMatrix withColumns(int[] order) {
        float[] reordered = new float[values.length];
        for (int n = 0; n < rows; n++) {
            for (int k = 0; k < columns; k++) {
                reordered[n * columns + k] = values[n * columns + order[k]];
            }
        }
        return new WeightMatrix(name, rows, columns, reordered);
    }
}
