// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Bfloat16;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;

/**
 * Runs kernels on small, seeded inputs beside the reference: proof that they run on this machine and compute what they
 * should, not a replacement for their tests.
 */
final class KernelSelfTest {
    private static final int[] ROW_COUNTS = {1, 3, 40};
    private static final int OUTPUTS = 80;
    private static final int INPUTS = 192;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int HEAD_DIMENSION = 32;
    private static final float TOLERANCE = 1e-3f;
    private static final float SCALE = 0.01f;

    private final Kernels kernels;
    private final Kernels reference;
    private final SplittableRandom random = new SplittableRandom(1);
    private final List<String> faults = new ArrayList<>();

    private KernelSelfTest(Kernels kernels, Kernels reference) {
        this.kernels = kernels;
        this.reference = reference;
    }

    /** Operations of {@code kernels} whose results are not {@code reference}'s; empty if all is well. */
    static List<String> faults(Kernels kernels, Kernels reference) {
        KernelSelfTest test = new KernelSelfTest(kernels, reference);
        for (int rows : ROW_COUNTS) {
            for (Encoding encoding : Encoding.values()) {
                for (Pattern pattern : patterns(encoding)) {
                    for (ActivationPrecision precision : kernels.activationPrecisions()) {
                        test.product(encoding, pattern, precision, rows);
                    }
                }
            }
            test.rowOperations(rows);
            for (KvType type : KvType.values()) {
                test.attention(type, rows);
            }
        }
        return List.copyOf(test.faults);
    }

    private static List<Pattern> patterns(Encoding encoding) {
        return encoding == Encoding.F32 ? List.of(Pattern.DENSE) : List.of(Pattern.values());
    }

    private void product(Encoding encoding, Pattern pattern, ActivationPrecision precision, int rows) {
        boolean isInteger = precision == ActivationPrecision.I8 || precision == ActivationPrecision.I16;
        if (isInteger && !encoding.isInteger()) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            PackedMatrix w = weights(arena, encoding, pattern);
            FloatMatrix x = activations(arena, rows, INPUTS);
            int panels = w.layout().panels();
            String name = "product of " + precision.id() + " and " + encoding.id() + " " + pattern.id() + ", " + rows
                    + " rows";
            compare(arena, name, rows, OUTPUTS, (each, y) -> {
                MemorySegment scratch = OffHeap.allocate(arena, each.scratchBytes());
                switch (precision) {
                    case F32 -> each.matmul(w, x, y, rows, 0, panels, scratch);
                    case BF16 -> {
                        Bfloat16Matrix rounded = Bfloat16Matrix.allocate(arena, rows, INPUTS);
                        each.roundRows(x, rounded, 0, rows);
                        each.matmul(w, rounded, y, rows, 0, panels, scratch);
                    }
                    case I8, I16 -> {
                        QuantizedMatrix rounded =
                                QuantizedMatrix.allocate(arena, precision, rows, INPUTS, encoding.groupSize());
                        each.quantizeRows(x, rounded, 0, rows);
                        each.matmul(w, rounded, y, rows, 0, panels, scratch);
                    }
                }
            });
        }
    }

    private void rowOperations(int rows) {
        try (Arena arena = Arena.ofConfined()) {
            FloatMatrix x = activations(arena, rows, INPUTS);
            FloatMatrix weight = activations(arena, 1, INPUTS);
            compare(arena, "norm", rows, INPUTS, (each, y) -> each.rmsNorm(x, weight.segment(), 1e-5f, y, 0, rows));
            compare(arena, "gate", rows, INPUTS, (each, y) -> each.siluMultiply(x, x, y, rows, 0, INPUTS));
            compare(arena, "sum", rows, INPUTS, (each, y) -> each.add(x, y, 0, rows));
            compare(arena, "soft-max", rows, INPUTS, (each, y) -> {
                each.add(x, y, 0, rows);
                each.softmax(y, 0);
            });
        }
    }

    private void attention(KvType type, int rows) {
        try (Arena arena = Arena.ofConfined()) {
            KvLayout layout = new KvLayout(type, 1, KV_HEADS, HEAD_DIMENSION, 2);
            StepRows step = new StepRows(arena, rows, 2);
            for (int row = 0; row < rows; row++) {
                step.setRow(row, 0, row, 0);
            }
            step.setBlock(0, 1);
            step.setBlock(1, 0);
            FloatMatrix q = activations(arena, rows, HEADS * HEAD_DIMENSION);
            FloatMatrix kv = activations(arena, rows, KV_HEADS * HEAD_DIMENSION);
            compare(
                    arena,
                    "attention, " + type.id() + ", " + rows + " rows",
                    rows,
                    HEADS * HEAD_DIMENSION,
                    (each, y) -> {
                        MemorySegment scratch = OffHeap.allocate(arena, each.scratchBytes());
                        MemorySegment cache = OffHeap.allocate(arena, layout.bytes());
                        each.writeKv(kv, kv, layout, cache, 0, step, 0, rows);
                        for (int head = 0; head < KV_HEADS; head++) {
                            each.attention(q, layout, cache, 0, step, 0.2f, y, HEADS, head, 0, rows, scratch);
                        }
                    });
        }
    }

    private void compare(Arena arena, String name, int rows, int columns, BiConsumer<Kernels, FloatMatrix> operation) {
        FloatMatrix expected = FloatMatrix.allocate(arena, rows, columns);
        FloatMatrix actual = FloatMatrix.allocate(arena, rows, columns);
        operation.accept(reference, expected);
        operation.accept(kernels, actual);
        float largest = 1;
        float difference = 0;
        for (int m = 0; m < rows; m++) {
            for (int n = 0; n < columns; n++) {
                largest = Math.max(largest, Math.abs(expected.get(m, n)));
                difference = Math.max(difference, Math.abs(expected.get(m, n) - actual.get(m, n)));
            }
        }
        if (!(difference <= TOLERANCE * largest)) {
            faults.add(name + ": off by " + difference + " where numbers reach " + largest);
        }
    }

    private FloatMatrix activations(Arena arena, int rows, int columns) {
        FloatMatrix x = FloatMatrix.allocate(arena, rows, columns);
        for (int m = 0; m < rows; m++) {
            for (int k = 0; k < columns; k++) {
                x.set(m, k, 2 * (float) random.nextDouble() - 1);
            }
        }
        return x;
    }

    /** Random codes, with scales of one size; floats between -1 and 1. Of a sparse matrix every other block lives, by chance. */
    private PackedMatrix weights(Arena arena, Encoding encoding, Pattern pattern) {
        PanelLayout layout = new PanelLayout(encoding, OUTPUTS, INPUTS);
        MemorySegment segment = OffHeap.allocate(arena, layout.bytes());
        int scale = Float.floatToFloat16(SCALE);
        // The only minimum that patterns have.
        int minimum = Float.floatToFloat16(-8 * Float.float16ToFloat((short) scale));
        for (long at = 0; at < layout.bytes(); at += Integer.BYTES) {
            boolean isScale = at % layout.blockBytes() < layout.blockCodesOffset();
            int bits = switch (encoding) {
                case F32 -> Float.floatToRawIntBits(2 * (float) random.nextDouble() - 1);
                case BF16 -> (Bfloat16.ofFloat(2 * (float) random.nextDouble() - 1) & 0xffff) * 0x10001;
                case I8 -> isScale ? Float.floatToRawIntBits(SCALE) : random.nextInt();
                case I8G32 -> isScale ? scale * 0x10001 : random.nextInt();
                case U4G32 -> isScale ? scale | minimum << 16 : random.nextInt();
            };
            segment.set(ValueLayout.JAVA_INT, at, bits);
        }
        PackedMatrix dense = new PackedMatrix("test", layout, segment);
        return pattern.isSparse() ? SparsePacker.pack(dense, mask(pattern), arena) : dense;
    }

    private BlockMask mask(Pattern pattern) {
        BlockMask mask = new BlockMask(pattern, OUTPUTS, INPUTS);
        for (int row = 0; row < mask.rowBlocks(); row++) {
            for (int column = 0; column < mask.columnBlocks(); column++) {
                mask.set(row, column, random.nextBoolean());
            }
        }
        return mask;
    }
}
