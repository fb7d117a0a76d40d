// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.AttentionSpans;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.RopeOrder;
import dev.dendra.kernels.StepRows;
import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Each kernel of a step on its own, on small matrices of zeros: enough iterations for the JIT to count, little work
 * while code is still interpreted and vectors are objects. Exercises share no output, so that they can run at the same
 * time, and need no weights.
 */
final class KernelExercises {
    /** One call of a kernel, with the calling worker's scratch. */
    @FunctionalInterface
    interface Exercise {
        void run(MemorySegment scratch);
    }

    /** As long as loops are in a model: the JIT makes worse code of what it has only seen in short ones. */
    private static final int COLUMNS = 1024;

    /** What kernels multiply at a time: two panels. */
    private static final int OUTPUTS = 2 * PanelLayout.PANEL_ROWS;

    /** Rows of a decode step alone, and sums of the row blocks that kernels are made of. */
    private static final int[] MATMUL_ROWS = {1, 8, 10};

    private static final int[] ATTENTION_ROWS = {1, 16};
    private static final int ROWS = 16;
    private static final int KV_BLOCKS = 2;

    private final Kernels kernels;
    private final ModelConfig config;
    private final KvType kvType;
    private final Activations activations;
    private final Arena arena;
    private final List<Exercise> exercises = new ArrayList<>();

    private KernelExercises(Kernels kernels, ModelConfig config, KvType kvType, Activations activations, Arena arena) {
        this.kernels = kernels;
        this.config = config;
        this.kvType = kvType;
        this.activations = activations;
        this.arena = arena;
    }

    /**
     * The kernels that a model needs, those that take longest to compile first.
     *
     * @param kvType of its KV cache
     * @param kinds of its matrices
     * @param arena holds the matrices; shared between threads
     */
    static List<Exercise> of(
            Kernels kernels,
            ModelConfig config,
            KvType kvType,
            Set<WeightKind> kinds,
            Activations activations,
            Arena arena) {
        KernelExercises all = new KernelExercises(kernels, config, kvType, activations, arena);
        for (int rows : MATMUL_ROWS) {
            for (WeightKind kind : kinds) {
                all.addMatmul(kind, rows);
            }
        }
        for (int rows : ATTENTION_ROWS) {
            all.addAttention(rows);
        }
        all.addRowwise();
        return all.exercises;
    }

    private void addMatmul(WeightKind kind, int rows) {
        PackedMatrix w = zeros(kind);
        FloatMatrix y = FloatMatrix.allocate(arena, rows, OUTPUTS);
        int panels = w.layout().panels();
        MatmulInput x = new MatmulInput(arena, activations, Set.of(kind.encoding()), rows, COLUMNS);
        exercises.add(scratch -> {
            x.round(kernels, rows, 0, rows);
            x.multiply(kernels, w, y, rows, 0, panels, scratch);
        });
    }

    private void addAttention(int rows) {
        KvLayout layout = new KvLayout(kvType, 1, config.kvHeads(), config.headDimension(), KV_BLOCKS);
        MemorySegment cache = OffHeap.allocate(arena, layout.bytes());
        StepRows stepRows = new StepRows(arena, rows, KV_BLOCKS);
        for (int block = 0; block < KV_BLOCKS; block++) {
            stepRows.setBlock(block, block);
        }
        for (int row = 0; row < rows; row++) {
            stepRows.setRow(row, 0, KV_BLOCKS * KvLayout.BLOCK_TOKENS - rows + row, 0);
        }
        FloatMatrix q = FloatMatrix.allocate(arena, rows, config.heads() * config.headDimension());
        FloatMatrix y = FloatMatrix.allocate(arena, rows, q.columns());
        FloatMatrix kv = FloatMatrix.allocate(arena, rows, config.kvHeads() * config.headDimension());
        exercises.add(
                scratch -> kernels.attention(q, layout, cache, 0, stepRows, 1, y, config.heads(), 0, 0, rows, scratch));
        exercises.add(scratch -> kernels.writeKv(kv, kv, layout, cache, 0, stepRows, 0, rows));
        addSpans(layout, cache, stepRows, q);
    }

    /** A row whose spans are computed apart and merged, as that of a long sequence. */
    private void addSpans(KvLayout layout, MemorySegment cache, StepRows stepRows, FloatMatrix q) {
        int group = config.heads() / config.kvHeads();
        int columns = AttentionSpans.partialColumns(group, config.headDimension());
        FloatMatrix partials = FloatMatrix.allocate(arena, 2, columns);
        FloatMatrix y = FloatMatrix.allocate(arena, 1, q.columns());
        exercises.add(scratch -> {
            for (int slot = 0; slot < partials.rows(); slot++) {
                kernels.attentionSpans(
                        q, layout, cache, 0, stepRows, 1, partials, config.heads(), 0, 0, 0, 1, slot, scratch);
            }
            kernels.mergeSpans(partials, 0, partials.rows(), layout, y, config.heads(), 0, 0);
        });
    }

    private void addRowwise() {
        MemorySegment weight = OffHeap.allocate(arena, (long) COLUMNS * Float.BYTES);
        FloatMatrix norm = FloatMatrix.allocate(arena, ROWS, COLUMNS);
        exercises.add(scratch -> kernels.rmsNorm(norm, weight, config.normEpsilon(), norm, 0, ROWS));
        FloatMatrix gate = FloatMatrix.allocate(arena, ROWS, COLUMNS);
        exercises.add(scratch -> kernels.siluMultiply(gate, gate, gate, ROWS, 0, COLUMNS));
        FloatMatrix sum = FloatMatrix.allocate(arena, ROWS, COLUMNS);
        exercises.add(scratch -> kernels.add(sum, sum, 0, ROWS));

        StepRows first = new StepRows(arena, ROWS, 1);
        for (int row = 0; row < ROWS; row++) {
            first.setRow(row, 0, 0, 0);
        }
        int rotated = config.rope().rotated();
        MemorySegment table = OffHeap.allocate(arena, (long) rotated * Float.BYTES);
        FloatMatrix heads = FloatMatrix.allocate(arena, ROWS, config.kvHeads() * config.headDimension());
        exercises.add(scratch -> kernels.rope(
                heads, config.kvHeads(), config.headDimension(), rotated, RopeOrder.NORM, table, first, 0, ROWS));
    }

    private PackedMatrix zeros(WeightKind kind) {
        PanelLayout layout = new PanelLayout(kind.encoding(), OUTPUTS, COLUMNS);
        PackedMatrix dense = new PackedMatrix("zeros", layout, OffHeap.allocate(arena, layout.bytes()));
        return kind.pattern().isSparse() ? SparsePacker.pack(dense, halfLive(kind.pattern()), arena) : dense;
    }

    /** Every second block lives. */
    private static BlockMask halfLive(Pattern pattern) {
        BlockMask mask = new BlockMask(pattern, OUTPUTS, COLUMNS);
        for (int row = 0; row < mask.rowBlocks(); row++) {
            for (int column = row % 2; column < mask.columnBlocks(); column += 2) {
                mask.set(row, column, true);
            }
        }
        return mask;
    }
}
