// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.platform.HugePageMemory;
import dev.dendra.platform.MemoryInfo;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * The forward pass of GGUF architecture {@code llama}: embedding, {@linkplain TransformerBlock blocks}, a norm and the
 * output head.
 */
public final class LlamaModel implements LanguageModel {
    private static final int MAXIMUM_LOGIT_ROWS = 32;

    private final ModelConfig config;
    private final int contextLength;
    private final int maximumRows;
    private final LlamaWeights weights;
    private final WeightMemory weightMemory;
    private final long weightBytes;
    private final Kernels kernels;
    private final ParallelKernels parallel;
    private final Activations activations;
    private final StepBuffers buffers;
    private final MatmulInput logitHidden;
    private final FloatMatrix logits;
    private final KvLayout kvLayout;
    private final HugePageMemory kvCache;
    private final TransformerBlock block;
    private final Arena arena;

    private final ParallelKernels.RowWork embed = this::embed;

    private StepRows stepRows;

    private LlamaModel(
            ModelConfig config,
            LlamaWeights weights,
            WeightMemory weightMemory,
            long weightBytes,
            Kernels kernels,
            ComputePool pool,
            ModelOptions options) {
        this.config = config;
        this.contextLength = options.contextLength() == 0 ? config.contextLength() : options.contextLength();
        this.maximumRows = options.maximumRows();
        this.activations = options.activations();
        this.weights = weights;
        this.weightMemory = weightMemory;
        this.weightBytes = weightBytes;
        this.kernels = kernels;
        this.arena = Arena.ofShared();
        this.parallel = new ParallelKernels(kernels, pool, arena);
        this.buffers = StepBuffers.allocate(arena, config, weights.layers(), activations, maximumRows);
        Set<Encoding> head = Set.of(weights.head().encoding());
        this.logitHidden = new MatmulInput(arena, activations, head, MAXIMUM_LOGIT_ROWS, config.embeddingLength());
        this.logits = FloatMatrix.allocate(arena, MAXIMUM_LOGIT_ROWS, config.vocabularySize());
        this.kvLayout = options.kvCache().layout(config, contextLength, MemoryInfo.detect());
        this.kvCache = HugePageMemory.allocate(kvLayout.bytes());
        // No sequence is longer than the cache.
        int positions = (int) Math.min(contextLength, (long) kvLayout.blocks() * KvLayout.BLOCK_TOKENS);
        this.block = new TransformerBlock(
                config,
                kernels,
                parallel,
                buffers,
                kvLayout,
                kvCache.segment(),
                new AttentionPlan(arena, kvLayout, config.heads(), maximumRows, contextLength, pool.threads()),
                RopeTable.build(arena, config.rope(), weights.ropeFactors(), positions),
                ProductObserver.NONE);
        this.stepRows = new StepRows(arena, 1, 1);
    }

    /**
     * Loads a model.
     *
     * @param source may be closed once this returns, unless the weights stay mapped
     * @throws ModelFormatException if the architecture is not {@code llama}, or a tensor is missing or misshapen
     * @throws IllegalArgumentException if the context length is more than the model's, or the memory for the KV cache too
     *     little or more than there is
     * @throws UnsupportedOperationException if the kernels lack the precision of the activations
     */
    public static LlamaModel load(ModelSource source, Kernels kernels, ComputePool pool, ModelOptions options)
            throws ModelFormatException {
        ModelConfig config = ModelConfig.of(source.metadata());
        if (options.contextLength() > config.contextLength()) {
            throw new IllegalArgumentException("context length " + options.contextLength() + " is more than the "
                    + config.contextLength() + " of " + config.name());
        }
        options.activations().requireOf(kernels);
        WeightMemory memory = WeightMemory.of(options.weights(), source, pool);
        try {
            LlamaWeights weights = LlamaWeights.of(memory.weights(), config);
            return new LlamaModel(config, weights, memory, source.weightBytes(), kernels, pool, options);
        } catch (ModelFormatException | RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    /** The model's shape. */
    public ModelConfig config() {
        return config;
    }

    /** Shape of the KV cache. */
    public KvLayout kvLayout() {
        return kvLayout;
    }

    /** Precision of what enters a matmul. */
    public Activations activations() {
        return activations;
    }

    /** {@code huge pages}, or where the weights lie instead and why. */
    public String weightPlacement() {
        return weightMemory.description();
    }

    /** Bytes of all weights, each of which a decoded token reads once, but for the embedding where it is not the head. */
    public long weightBytes() {
        return weightBytes;
    }

    @Override
    public int vocabularySize() {
        return config.vocabularySize();
    }

    @Override
    public int embeddingLength() {
        return config.embeddingLength();
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public int maximumRows() {
        return maximumRows;
    }

    @Override
    public int maximumLogitRows() {
        return MAXIMUM_LOGIT_ROWS;
    }

    @Override
    public int kvBlocks() {
        return kvLayout.blocks();
    }

    @Override
    public void copyKvBlock(int from, int to) {
        kvLayout.copyBlock(kvCache.segment(), from, to);
    }

    @Override
    public void forward(StepRows rows, int count) {
        forward(rows, count, config.layers());
    }

    /** The first {@code layers} Transformer blocks alone: all kernels of a step at a fraction of its cost. */
    void forward(StepRows rows, int count, int layers) {
        stepRows = rows;
        block.begin(rows, count);
        parallel.rows(embed, count);
        for (int layer = 0; layer < layers; layer++) {
            MemorySegment nextNorm =
                    layer + 1 < layers ? weights.layers().get(layer + 1).attentionNorm() : null;
            block.run(weights.layers().get(layer), layer, nextNorm);
        }
    }

    private void embed(int from, int to) {
        kernels.gather(weights.embedding(), stepRows, buffers.hidden(), from, to);
        block.enter(weights.layers().getFirst().attentionNorm(), from, to);
    }

    @Override
    public FloatMatrix logits(int[] rows, int from, int to) {
        hiddenStates(rows, from, to);
        int count = to - from;
        logitHidden.round(kernels, count, 0, count);
        parallel.matmul(weights.head(), logitHidden, logits, count);
        return logits;
    }

    @Override
    public FloatMatrix hiddenStates(int[] rows, int from, int to) {
        FloatMatrix hidden = logitHidden.values();
        FloatMatrix source = buffers.hidden();
        for (int i = from; i < to; i++) {
            long bytes = (long) config.embeddingLength() * Float.BYTES;
            MemorySegment.copy(
                    source.segment(), source.offset(rows[i], 0), hidden.segment(), hidden.offset(i - from, 0), bytes);
        }
        kernels.rmsNorm(hidden, weights.outputNorm(), config.normEpsilon(), hidden, 0, to - from);
        return hidden;
    }

    /**
     * Runs steps of every kind until the JIT has compiled what serving will use. Writes into KV blocks; call it before
     * the first request.
     */
    public void warmUp() {
        new WarmUp(this).run();
    }

    /** Calls of each kernel that this model needs, on matrices in {@code calls}. */
    List<KernelExercises.Exercise> exercises(Arena calls) {
        return KernelExercises.of(kernels, config, kvLayout.type(), weights.kinds(), activations, calls);
    }

    /** The kernels, spread over this model's threads. */
    ParallelKernels parallel() {
        return parallel;
    }

    @Override
    public void close() {
        arena.close();
        kvCache.close();
        weightMemory.close();
    }
}
