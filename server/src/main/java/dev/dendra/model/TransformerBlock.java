// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.RopeOrder;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What a Transformer block of architecture {@code llama} (Touvron et al. 2023) does with the rows of a step, whichever
 * weights it has: RMSNorm before each part, rotary embedding, grouped-query attention, SwiGLU, residuals. Rotary pairs are
 * {@link RopeOrder#NORM}, since GGUF permutes the rows of query and key for this architecture.
 *
 * <p>One object runs the blocks of a model one after the other; a step allocates nothing.
 */
final class TransformerBlock {
    private final ModelConfig config;
    private final Kernels kernels;
    private final ParallelKernels parallel;
    private final StepBuffers buffers;
    private final KvLayout kvLayout;
    private final MemorySegment kvCache;
    private final AttentionPlan attentionPlan;
    private final MemorySegment ropeTable;
    private final ProductObserver observer;

    private final ParallelKernels.RowWork rotateAndStore = this::rotateAndStore;
    private final ParallelKernels.RowWork roundAttention = this::roundAttention;
    private final ParallelKernels.RowWork afterAttention = this::afterAttention;
    private final ParallelKernels.RowWork roundGate = this::roundGate;
    private final ParallelKernels.RowWork afterFeedForward = this::afterFeedForward;

    private StepRows stepRows = NO_ROWS;
    private int count;
    private LayerWeights weights = LayerWeights.NONE;
    private int kvLayer;
    private @Nullable MemorySegment nextNorm;

    /**
     * A block on memory that it shares with its caller.
     *
     * @param kvCache of {@code kvLayout}
     * @param attentionPlan for {@code kvLayout}
     * @param ropeTable as {@link RopeTable} makes it, for every position that a row may have
     * @param observer sees the input of each product
     */
    TransformerBlock(
            ModelConfig config,
            Kernels kernels,
            ParallelKernels parallel,
            StepBuffers buffers,
            KvLayout kvLayout,
            MemorySegment kvCache,
            AttentionPlan attentionPlan,
            MemorySegment ropeTable,
            ProductObserver observer) {
        this.config = config;
        this.kernels = kernels;
        this.parallel = parallel;
        this.buffers = buffers;
        this.kvLayout = kvLayout;
        this.kvCache = kvCache;
        this.attentionPlan = attentionPlan;
        this.ropeTable = ropeTable;
        this.observer = observer;
    }

    /** Takes rows {@code 0 .. rowCount} for the step that the next calls belong to. */
    void begin(StepRows rows, int rowCount) {
        stepRows = rows;
        count = rowCount;
        attentionPlan.of(rows, rowCount);
    }

    /** Makes the input of a block whose first norm is {@code attentionNorm} from hidden states {@code from .. to}. */
    void enter(MemorySegment attentionNorm, int from, int to) {
        normalize(attentionNorm, from, to);
    }

    /**
     * Runs a block whose input is made, and makes that of the next one.
     *
     * @param layer of the KV cache
     * @param normOfNext first norm of the next block; null after the last
     */
    void run(LayerWeights blockWeights, int layer, @Nullable MemorySegment normOfNext) {
        weights = blockWeights;
        kvLayer = layer;
        nextNorm = normOfNext;
        attention();
        feedForward();
    }

    private void attention() {
        observer.beforeProduct(ProductInput.ATTENTION, buffers.input().values(), count);
        parallel.matmul(
                weights.query(),
                buffers.query(),
                weights.key(),
                buffers.key(),
                weights.value(),
                buffers.value(),
                buffers.input(),
                count);
        parallel.rows(rotateAndStore, count);
        float scale = (float) (1 / Math.sqrt(config.headDimension()));
        FloatMatrix result = buffers.attention().values();
        parallel.attention(
                attentionPlan, buffers.query(), kvLayout, kvCache, kvLayer, stepRows, scale, result, config.heads());
        parallel.rows(roundAttention, count);
        observer.beforeProduct(ProductInput.ATTENTION_OUTPUT, result, count);
        parallel.matmul(weights.output(), buffers.attention(), buffers.projected(), count);
    }

    private void feedForward() {
        parallel.rows(afterAttention, count);
        observer.beforeProduct(ProductInput.FEED_FORWARD, buffers.input().values(), count);
        parallel.gatedMatmul(
                weights.gate(), weights.up(), buffers.input(), buffers.gate().values(), buffers.up(), count);
        parallel.rows(roundGate, count);
        observer.beforeProduct(ProductInput.DOWN, buffers.gate().values(), count);
        parallel.matmul(weights.down(), buffers.gate(), buffers.projected(), count);
        parallel.rows(afterFeedForward, count);
    }

    private void rotateAndStore(int from, int to) {
        addBias(weights.queryBias(), buffers.query(), from, to);
        addBias(weights.keyBias(), buffers.key(), from, to);
        addBias(weights.valueBias(), buffers.value(), from, to);
        rotate(buffers.query(), config.heads(), from, to);
        rotate(buffers.key(), config.kvHeads(), from, to);
        kernels.writeKv(buffers.key(), buffers.value(), kvLayout, kvCache, kvLayer, stepRows, from, to);
    }

    private void roundAttention(int from, int to) {
        buffers.attention().round(kernels, count, from, to);
    }

    private void afterAttention(int from, int to) {
        addBias(weights.outputBias(), buffers.projected(), from, to);
        kernels.add(buffers.projected(), buffers.hidden(), from, to);
        normalize(weights.feedForwardNorm(), from, to);
    }

    private void roundGate(int from, int to) {
        buffers.gate().round(kernels, count, from, to);
    }

    private void afterFeedForward(int from, int to) {
        kernels.add(buffers.projected(), buffers.hidden(), from, to);
        if (nextNorm != null) {
            normalize(nextNorm, from, to);
        }
    }

    private void normalize(MemorySegment weight, int from, int to) {
        kernels.rmsNorm(
                buffers.hidden(), weight, config.normEpsilon(), buffers.input().values(), from, to);
        buffers.input().round(kernels, count, from, to);
    }

    private void rotate(FloatMatrix x, int heads, int from, int to) {
        int rotated = config.rope().rotated();
        kernels.rope(x, heads, config.headDimension(), rotated, RopeOrder.NORM, ropeTable, stepRows, from, to);
    }

    private void addBias(@Nullable MemorySegment bias, FloatMatrix y, int from, int to) {
        if (bias != null) {
            kernels.addBias(bias, y, from, to);
        }
    }

    private static final StepRows NO_ROWS = new StepRows(Arena.ofAuto(), 1, 1);
}
