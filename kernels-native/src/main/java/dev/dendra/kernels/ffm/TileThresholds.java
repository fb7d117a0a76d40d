// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.Tuning;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import java.util.Arrays;

/**
 * From how many rows on AMX tiles beat dot products in vector registers, for each encoding, integer precision of the
 * activations and class of K, which is the nearest power of two; and from how many rows on tiles of bfloat16 beat either.
 */
final class TileThresholds {
    private static final int CLASSES = Integer.SIZE;

    /** Measured on a Xeon with AMX, docs/benchmarks.md. */
    private static final int CHANNEL_ROWS = 5;

    /** Rows from which expanding a panel to bf16 pays: measured there too, near even from 16 to 24. */
    private static final int BFLOAT16_ROWS = 32;

    /**
     * What was measured once. Where one scale serves all of K, tiles win from a few rows on; where a scale serves 32
     * inputs, taking the tiles apart for it costs more than they save.
     */
    static final TileThresholds BUILT_IN = builtIn();

    /** By {@link #index}; of products with int8 and with int16. */
    private final int[] int8RowsFrom;

    private final int[] int16RowsFrom;
    private final int bfloat16RowsFrom;

    private TileThresholds(int[] int8RowsFrom, int[] int16RowsFrom, int bfloat16RowsFrom) {
        this.int8RowsFrom = int8RowsFrom;
        this.int16RowsFrom = int16RowsFrom;
        this.bfloat16RowsFrom = bfloat16RowsFrom;
    }

    private static TileThresholds builtIn() {
        int[] rowsFrom = new int[Encoding.values().length * CLASSES];
        Arrays.fill(rowsFrom, Tuning.NEVER);
        int channel = index(Encoding.I8, 0);
        Arrays.fill(rowsFrom, channel, channel + CLASSES, CHANNEL_ROWS);
        return new TileThresholds(rowsFrom, rowsFrom, BFLOAT16_ROWS);
    }

    /** All products of integers use tiles from {@code rows} on. */
    static TileThresholds integers(int rows) {
        int[] rowsFrom = new int[Encoding.values().length * CLASSES];
        Arrays.fill(rowsFrom, rows);
        return new TileThresholds(rowsFrom, rowsFrom, BFLOAT16_ROWS);
    }

    /**
     * These, but for one class of products.
     *
     * @param precision {@code I8} or {@code I16}
     */
    TileThresholds with(Encoding encoding, ActivationPrecision precision, int columnClass, int rows) {
        int index = index(encoding, columnClass);
        return switch (precision) {
            case I8 -> new TileThresholds(changed(int8RowsFrom, index, rows), int16RowsFrom, bfloat16RowsFrom);
            case I16 -> new TileThresholds(int8RowsFrom, changed(int16RowsFrom, index, rows), bfloat16RowsFrom);
            case F32, BF16 -> throw new IllegalArgumentException(precision.id() + " products have no threshold");
        };
    }

    private static int[] changed(int[] rowsFrom, int index, int rows) {
        int[] changed = rowsFrom.clone();
        changed[index] = rows;
        return changed;
    }

    /** These, but for the rows of a step from which bfloat16 is faster than int16. */
    TileThresholds withBfloat16RowsFrom(int rows) {
        return new TileThresholds(int8RowsFrom, int16RowsFrom, rows);
    }

    /** Rows from which products of {@code w} with activations of that precision use tiles. */
    int rowsFrom(PackedMatrix w, ActivationPrecision precision) {
        return rowsFrom(w.encoding(), precision, columnClass(w.columns()));
    }

    /**
     * Rows from which products of that class use tiles. In bfloat16 tiles add in another order than dot products do, and a
     * row must not depend on its batch, so that all of them use tiles.
     */
    int rowsFrom(Encoding encoding, ActivationPrecision precision, int columnClass) {
        return switch (precision) {
            case I8 -> int8RowsFrom[index(encoding, columnClass)];
            case I16 -> int16RowsFrom[index(encoding, columnClass)];
            case BF16 -> 1;
            case F32 -> Tuning.NEVER;
        };
    }

    /** Rows of a step from which bfloat16 is faster than int16. */
    int bfloat16RowsFrom() {
        return bfloat16RowsFrom;
    }

    /** The exponent of the power of two that is nearest to K, on a logarithmic scale. */
    static int columnClass(int columns) {
        // Half of the logarithm of 2 K^2 is that of K and a half: rounded down, the other is rounded to nearest.
        long square = 2L * columns * columns;
        return (Long.SIZE - 1 - Long.numberOfLeadingZeros(square)) / 2;
    }

    private static int index(Encoding encoding, int columnClass) {
        return JobWriter.code(encoding) * CLASSES + columnClass;
    }
}
