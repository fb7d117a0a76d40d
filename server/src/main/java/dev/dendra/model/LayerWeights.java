// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Weights of one Transformer block. Matrices are {@code [outputs, inputs]}, vectors f32; E is the embedding length, F
 * the feed-forward length.
 *
 * @param attentionNorm {@code [E]}
 * @param query {@code [heads * headDimension, E]}
 * @param key {@code [kvHeads * headDimension, E]}
 * @param value {@code [kvHeads * headDimension, E]}
 * @param queryBias {@code [heads * headDimension]}, where the model has one; likewise the other biases
 * @param output {@code [E, heads * headDimension]}
 * @param feedForwardNorm {@code [E]}
 * @param gate {@code [F, E]}
 * @param up {@code [F, E]}
 * @param down {@code [E, F]}
 */
public record LayerWeights(
        MemorySegment attentionNorm,
        PackedMatrix query,
        PackedMatrix key,
        PackedMatrix value,
        @Nullable MemorySegment queryBias,
        @Nullable MemorySegment keyBias,
        @Nullable MemorySegment valueBias,
        PackedMatrix output,
        @Nullable MemorySegment outputBias,
        MemorySegment feedForwardNorm,
        PackedMatrix gate,
        PackedMatrix up,
        PackedMatrix down) {

    /** Stands for weights until there are some. */
    static final LayerWeights NONE = none();

    /**
     * The weights of block {@code layer}.
     *
     * @param source holds that block's tensors under GGUF's names, {@code blk.0.attn_norm.weight}
     * @throws ModelFormatException naming the tensor that is missing or has the wrong shape
     */
    public static LayerWeights of(ModelSource source, ModelConfig config, int layer) throws ModelFormatException {
        TensorShapes tensors = new TensorShapes(source);
        int embeddingLength = config.embeddingLength();
        int queryLength = config.heads() * config.headDimension();
        int kvLength = config.kvHeads() * config.headDimension();
        String block = "blk." + layer + ".";
        return new LayerWeights(
                tensors.vector(block + "attn_norm.weight", embeddingLength),
                tensors.matrix(block + "attn_q.weight", queryLength, embeddingLength),
                tensors.matrix(block + "attn_k.weight", kvLength, embeddingLength),
                tensors.matrix(block + "attn_v.weight", kvLength, embeddingLength),
                tensors.vectorOrNull(block + "attn_q.bias", queryLength),
                tensors.vectorOrNull(block + "attn_k.bias", kvLength),
                tensors.vectorOrNull(block + "attn_v.bias", kvLength),
                tensors.matrix(block + "attn_output.weight", embeddingLength, queryLength),
                tensors.vectorOrNull(block + "attn_output.bias", embeddingLength),
                tensors.vector(block + "ffn_norm.weight", embeddingLength),
                tensors.matrix(block + "ffn_gate.weight", config.feedForwardLength(), embeddingLength),
                tensors.matrix(block + "ffn_up.weight", config.feedForwardLength(), embeddingLength),
                tensors.matrix(block + "ffn_down.weight", embeddingLength, config.feedForwardLength()));
    }

    private static LayerWeights none() {
        PanelLayout layout = new PanelLayout(Encoding.F32, 1, 1);
        PackedMatrix none = new PackedMatrix("none", layout, OffHeap.allocate(Arena.ofAuto(), layout.bytes()));
        MemorySegment norm = MemorySegment.NULL;
        return new LayerWeights(norm, none, none, none, null, null, null, none, null, norm, none, none, none);
    }

    /** The same block with another matrix for each. */
    public LayerWeights mapMatrices(UnaryOperator<PackedMatrix> change) {
        return new LayerWeights(
                attentionNorm,
                change.apply(query),
                change.apply(key),
                change.apply(value),
                queryBias,
                keyBias,
                valueBias,
                change.apply(output),
                outputBias,
                feedForwardNorm,
                change.apply(gate),
                change.apply(up),
                change.apply(down));
    }

    /** Encodings of the chosen matrices of some blocks. */
    static Set<Encoding> encodings(List<LayerWeights> layers, Function<LayerWeights, Stream<PackedMatrix>> matrices) {
        return layers.stream()
                .flatMap(matrices)
                .map(PackedMatrix::encoding)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Encoding.class)));
    }

    /** The matrices that are multiplied with the normalised residual stream. */
    Stream<PackedMatrix> ofInput() {
        return Stream.of(query, key, value, gate, up);
    }

    /** All matrices, in the order in which a step meets them. */
    Stream<PackedMatrix> matrices() {
        return Stream.of(query, key, value, output, gate, up, down);
    }
}
