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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Runs one Transformer block at a time on one whole sequence, with whichever weights and in single precision, for work on
 * weights outside of serving. Memory grows with the block, not with the model. Results depend neither on the number of
 * threads nor on what ran before.
 */
public final class BlockRunner implements AutoCloseable {
    private static final Activations PRECISION = Activations.always(ActivationPrecision.F32);

    private final ParallelKernels parallel;
    private final StepBuffers buffers;
    private final TransformerBlock block;
    private final StepRows rows;
    private final Arena arena;
    private ProductObserver observer = ProductObserver.NONE;

    /**
     * A runner of blocks of a model.
     *
     * @param ropeFactors f32 {@code [rotated/2]}, as Llama 3 files hold them, or an empty segment
     * @param tokens most tokens of a sequence
     */
    public BlockRunner(ModelConfig config, MemorySegment ropeFactors, int tokens, Kernels kernels, ComputePool pool) {
        this.arena = Arena.ofShared();
        this.parallel = new ParallelKernels(kernels, pool, arena);
        this.buffers = StepBuffers.allocate(arena, config, List.of(), PRECISION, tokens);
        int blocks = Math.ceilDiv(tokens, KvLayout.BLOCK_TOKENS);
        KvLayout kvLayout = new KvLayout(KvType.F32, 1, config.kvHeads(), config.headDimension(), blocks);
        this.block = new TransformerBlock(
                config,
                kernels,
                parallel,
                buffers,
                kvLayout,
                OffHeap.allocate(arena, kvLayout.bytes()),
                new AttentionPlan(arena, kvLayout, config.heads(), tokens, tokens, pool.threads()),
                RopeTable.build(arena, config.rope(), ropeFactors, tokens),
                (input, x, count) -> observer.beforeProduct(input, x, count));
        this.rows = new StepRows(arena, tokens, blocks);
        for (int entry = 0; entry < blocks; entry++) {
            rows.setBlock(entry, entry);
        }
        for (int position = 0; position < tokens; position++) {
            rows.setRow(position, 0, position, 0);
        }
    }

    /** Hidden states of a sequence, {@code [tokens, E]}: what enters the next block before it runs, what left it after. */
    public FloatMatrix hidden() {
        return buffers.hidden();
    }

    /** Runs a block on the first {@code count} hidden states, which are those of positions 0 and following. */
    public void run(LayerWeights weights, int count, ProductObserver sees) {
        observer = sees;
        block.begin(rows, count);
        parallel.rows((from, to) -> block.enter(weights.attentionNorm(), from, to), count);
        block.run(weights, 0, null);
    }

    @Override
    public void close() {
        arena.close();
    }
}
