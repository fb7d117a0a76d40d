// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * Kernels spread over a {@link ComputePool}: matmuls by panels, attention by KV heads, rows and spans, everything else by
 * rows. Regions are objects made once, whose fields say what the next run works on, so that a step allocates nothing.
 */
final class ParallelKernels {
    private static final int ROWS_PER_TASK = 16;

    /** Work on single rows is short: a task that is held up delays little, and a claim costs as much as a fraction of a row. */
    private static final int ROW_TASKS_PER_WORKER = 2;

    private static final int FEWEST_ROWS_PER_TASK = 2;

    private final Kernels kernels;
    private final ComputePool pool;
    private final MemorySegment[] scratch;
    private final ProjectionRegion projections = new ProjectionRegion();
    private final GatedRegion gated = new GatedRegion();
    private final AttentionRegion attentions = new AttentionRegion();
    private final RowRegion rowwise = new RowRegion();

    /** Work on rows {@code from .. to}. */
    @FunctionalInterface
    interface RowWork {
        void run(int from, int to);
    }

    /** Work with the scratch of the worker that does it. */
    @FunctionalInterface
    interface ScratchWork {
        void run(int task, MemorySegment scratch);
    }

    ParallelKernels(Kernels kernels, ComputePool pool, Arena arena) {
        this.kernels = kernels;
        this.pool = pool;
        this.scratch = new MemorySegment[pool.threads()];
        for (int worker = 0; worker < scratch.length; worker++) {
            scratch[worker] = OffHeap.allocate(arena, kernels.scratchBytes());
        }
    }

    /** Runs {@code work} on rows {@code 0 .. rows}, split over workers; very few rows stay with the caller. */
    void rows(RowWork work, int rows) {
        rowwise.work = work;
        rowwise.rows = rows;
        rowwise.rowsPerTask =
                Math.clamp(tasks(rows, pool.threads() * ROW_TASKS_PER_WORKER), FEWEST_ROWS_PER_TASK, ROWS_PER_TASK);
        pool.run(rowwise, tasks(rows, rowwise.rowsPerTask));
    }

    /** Runs {@code work} on tasks {@code 0 .. tasks}, each on the next worker that is free. */
    void each(int tasks, ScratchWork work) {
        pool.run((worker, task) -> work.run(task, scratch[worker]), tasks);
    }

    /** {@code y = x w^T}. */
    void matmul(PackedMatrix w, MatmulInput x, FloatMatrix y, int rows) {
        projections.begin(x, rows);
        projections.add(w, y);
        projections.run();
    }

    /** Three products of the same input in one region. */
    void matmul(
            PackedMatrix w0,
            FloatMatrix y0,
            PackedMatrix w1,
            FloatMatrix y1,
            PackedMatrix w2,
            FloatMatrix y2,
            MatmulInput x,
            int rows) {
        projections.begin(x, rows);
        projections.add(w0, y0);
        projections.add(w1, y1);
        projections.add(w2, y2);
        projections.run();
    }

    /** {@code y = silu(x gate^T) * (x up^T)}; {@code upProduct} holds the second factor. */
    void gatedMatmul(
            PackedMatrix gate, PackedMatrix up, MatmulInput x, FloatMatrix y, FloatMatrix upProduct, int rows) {
        gated.gate = gate;
        gated.up = up;
        gated.x = x;
        gated.y = y;
        gated.upProduct = upProduct;
        gated.rows = rows;
        gated.panels = gate.layout().panels();
        gated.tasks = PanelTasks.tasks(gated.panels, pool.threads());
        pool.run(gated, gated.tasks);
    }

    /**
     * See {@link Kernels#attention}; all KV heads of the rows of {@code plan}.
     *
     * @param plan for {@code stepRows}
     */
    void attention(
            AttentionPlan plan,
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows stepRows,
            float scale,
            FloatMatrix y,
            int heads) {
        attentions.plan = plan;
        attentions.q = q;
        attentions.layout = layout;
        attentions.cache = cache;
        attentions.layer = layer;
        attentions.stepRows = stepRows;
        attentions.scale = scale;
        attentions.y = y;
        attentions.heads = heads;
        pool.run(attentions, layout.kvHeads() * plan.pieces());
    }

    private static int tasks(int items, int perTask) {
        return (items + perTask - 1) / perTask;
    }

    private static final class RowRegion implements ComputePool.Region {
        private RowWork work = (from, to) -> {};
        private int rows;
        private int rowsPerTask = ROWS_PER_TASK;

        @Override
        public void run(int worker, int task) {
            int from = task * rowsPerTask;
            work.run(from, Math.min(from + rowsPerTask, rows));
        }
    }

    /** Up to three matmuls that share their input; panels are numbered through all of them. */
    private final class ProjectionRegion implements ComputePool.Region {
        private static final int MOST = 3;

        private final PackedMatrix[] weights = new PackedMatrix[MOST];
        private final FloatMatrix[] results = new FloatMatrix[MOST];
        private final int[] firstPanel = new int[MOST + 1];
        private MatmulInput input = NO_INPUT;
        private int rows;
        private int count;
        private int tasks;

        void begin(MatmulInput x, int rowCount) {
            input = x;
            rows = rowCount;
            count = 0;
        }

        void add(PackedMatrix w, FloatMatrix y) {
            weights[count] = w;
            results[count] = y;
            count++;
            firstPanel[count] = firstPanel[count - 1] + w.layout().panels();
        }

        void run() {
            tasks = PanelTasks.tasks(firstPanel[count], pool.threads());
            pool.run(this, tasks);
        }

        @Override
        public void run(int worker, int task) {
            int from = PanelTasks.firstPanel(task, tasks, firstPanel[count]);
            int to = PanelTasks.firstPanel(task + 1, tasks, firstPanel[count]);
            for (int i = 0; i < count; i++) {
                int first = Math.max(from, firstPanel[i]) - firstPanel[i];
                int last = Math.min(to, firstPanel[i + 1]) - firstPanel[i];
                if (first < last) {
                    input.multiply(kernels, weights[i], results[i], rows, first, last, scratch[worker]);
                }
            }
        }
    }

    private final class GatedRegion implements ComputePool.Region {
        private PackedMatrix gate = LayerWeights.NONE.gate();
        private PackedMatrix up = LayerWeights.NONE.up();
        private MatmulInput x = NO_INPUT;
        private FloatMatrix y = NO_INPUT.values();
        private FloatMatrix upProduct = NO_INPUT.values();
        private int rows;
        private int panels;
        private int tasks;

        @Override
        public void run(int worker, int task) {
            int from = PanelTasks.firstPanel(task, tasks, panels);
            int to = PanelTasks.firstPanel(task + 1, tasks, panels);
            x.multiply(kernels, gate, y, rows, from, to, scratch[worker]);
            x.multiply(kernels, up, upProduct, rows, from, to, scratch[worker]);
            kernels.siluMultiply(y, upProduct, y, rows, from * PanelLayout.PANEL_ROWS, to * PanelLayout.PANEL_ROWS);
        }
    }

    private final class AttentionRegion implements ComputePool.Region {
        private AttentionPlan plan = NO_PLAN;
        private FloatMatrix q = NO_INPUT.values();
        private KvLayout layout = NO_CACHE;
        private MemorySegment cache = MemorySegment.NULL;
        private StepRows stepRows = NO_ROWS;
        private FloatMatrix y = NO_INPUT.values();
        private float scale;
        private int layer;
        private int heads;

        @Override
        public void run(int worker, int task) {
            AttentionPlan.Piece piece = plan.piece(task / layout.kvHeads());
            int kvHead = task % layout.kvHeads();
            if (piece.isPartial()) {
                attendSpans(piece, kvHead, scratch[worker]);
            } else {
                int from = piece.rowFrom();
                int to = piece.rowTo();
                kernels.attention(
                        q, layout, cache, layer, stepRows, scale, y, heads, kvHead, from, to, scratch[worker]);
            }
        }

        /** The thread that ends a row's last spans merges them all, so that nobody waits for a region more. */
        private void attendSpans(AttentionPlan.Piece piece, int kvHead, MemorySegment scratchOfWorker) {
            int row = piece.rowFrom();
            int slot = piece.slotFrom(kvHead);
            kernels.attentionSpans(
                    q,
                    layout,
                    cache,
                    layer,
                    stepRows,
                    scale,
                    plan.partials(),
                    heads,
                    kvHead,
                    row,
                    piece.spanFrom(),
                    piece.spanTo(),
                    slot + piece.spanFrom(),
                    scratchOfWorker);
            if (plan.completesRow(piece, kvHead)) {
                kernels.mergeSpans(plan.partials(), slot, piece.slotTo(kvHead), layout, y, heads, kvHead, row);
            }
        }
    }

    private static final MatmulInput NO_INPUT =
            new MatmulInput(Arena.ofAuto(), Activations.always(ActivationPrecision.F32), Set.of(), 1, 1);
    private static final StepRows NO_ROWS = new StepRows(Arena.ofAuto(), 1, 1);
    private static final KvLayout NO_CACHE = new KvLayout(KvType.F32, 1, 1, 1, 1);
    private static final AttentionPlan NO_PLAN = new AttentionPlan(Arena.ofAuto(), NO_CACHE, 1, 1, 1, 1);
}
