// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.Random;

/**
 * Draws the inputs of a test from a seed, and labels each case with that seed so that a failure can be repeated: run
 * the test again with {@code -Ddendra.test.seed=}the number printed.
 */
final class Cases {
    private static final long SEED = Long.getLong("dendra.test.seed", 20260101L);

    private final Arena arena;
    private final Random random = new Random(SEED);

    Cases(Arena arena) {
        this.arena = arena;
    }

    /** Names a case in failures. */
    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be another dependency
    String label(String format, Object... arguments) {
        return "seed " + SEED + ", " + String.format(Locale.ROOT, format, arguments);
    }

    /** A number from {@code from} to {@code to - 1}. */
    int integer(int from, int to) {
        return random.nextInt(from, to);
    }

    /** Activations whose rows are drawn from {@code values}; padding is zero. */
    FloatMatrix matrix(int rows, int columns, Values values) {
        FloatMatrix matrix = FloatMatrix.allocate(arena, rows, columns);
        fill(matrix, values);
        return matrix;
    }

    /** Overwrites the columns in use. */
    void fill(FloatMatrix matrix, Values values) {
        float[] row = new float[matrix.columns()];
        for (int m = 0; m < matrix.rows(); m++) {
            values.fill(random, row);
            MemorySegment.copy(row, 0, matrix.segment(), ValueLayout.JAVA_FLOAT, matrix.offset(m, 0), row.length);
        }
    }

    /** f32 {@code [length]}, with nothing behind it. */
    MemorySegment vector(int length, Values values) {
        float[] row = new float[length];
        values.fill(random, row);
        MemorySegment vector = arena.allocate((long) length * Float.BYTES, OffHeap.ALIGNMENT);
        MemorySegment.copy(row, 0, vector, ValueLayout.JAVA_FLOAT, 0, length);
        return vector;
    }

    /** Weights {@code [n, k]} of ordinary size. */
    PackedMatrix weights(Encoding encoding, int n, int k) {
        return weights(encoding, n, k, false);
    }

    /** Weights {@code [n, k]} that hold the ends of every code and scale: -128, 15, denormal, zero and negative scales. */
    PackedMatrix extremeWeights(Encoding encoding, int n, int k) {
        return weights(encoding, n, k, true);
    }

    private PackedMatrix weights(Encoding encoding, int n, int k, boolean extreme) {
        PanelLayout layout = new PanelLayout(encoding, n, k);
        PackedMatrix matrix = new PackedMatrix("w", layout, OffHeap.allocate(arena, layout.bytes()));
        PanelWriter writer = new PanelWriter(matrix);
        float[] row = new float[k];
        for (int output = 0; output < n; output++) {
            (extreme ? Values.FINITE_EXTREMES : Values.ORDINARY).fill(random, row);
            for (int input = 0; input < k; input++) {
                switch (encoding) {
                    case F32, BF16 -> writer.setFloat(output, input, row[input]);
                    case I8, I8G32 -> writer.setCode(output, input, code(-128, 127, extreme));
                    case U4G32 -> writer.setCode(output, input, code(0, 15, extreme));
                }
            }
            if (encoding.isInteger()) {
                setScales(writer, matrix, output, extreme);
            }
        }
        return matrix;
    }

    private void setScales(PanelWriter writer, PackedMatrix matrix, int output, boolean extreme) {
        for (int input = 0; input < matrix.columns(); input += 32) {
            writer.setScale(output, input, scale(extreme));
            if (matrix.encoding() == Encoding.U4G32) {
                writer.setMinimum(output, input, -8 * scale(extreme));
            }
        }
    }

    private int code(int smallest, int largest, boolean extreme) {
        return extreme ? (random.nextBoolean() ? smallest : largest) : random.nextInt(smallest, largest + 1);
    }

    private float scale(boolean extreme) {
        float[] halfPrecisionEnds = {0f, -0f, 0x1p-24f, -0x1p-24f, 0x1p-14f, 1024f, -1024f, 1f / 3};
        return extreme ? halfPrecisionEnds[random.nextInt(halfPrecisionEnds.length)] : 0.01f * (1 + random.nextFloat());
    }
}
