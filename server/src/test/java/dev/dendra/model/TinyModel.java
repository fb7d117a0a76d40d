// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelMetadata;
import dev.dendra.format.PackedModel;
import dev.dendra.format.PlacedTensor;
import dev.dendra.format.TensorDescription;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** A model of a few thousand seeded weights in f32, kept as plain arrays too, for an independent forward pass. */
final class TinyModel {
    static final int LAYERS = 2;
    static final int EMBEDDING = 24;
    static final int FEED_FORWARD = 40;
    static final int HEADS = 4;
    static final int KV_HEADS = 2;
    static final int HEAD_DIMENSION = 8;
    static final int VOCABULARY = 50;
    static final int CONTEXT = 96;

    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, float[][]> matrices = new LinkedHashMap<>();
    private final Map<String, float[]> vectors = new LinkedHashMap<>();
    private final SplittableRandom random;

    TinyModel(long seed) {
        random = new SplittableRandom(seed);
        metadata.put("general.architecture", "llama");
        metadata.put("general.name", "tiny");
        metadata.put("llama.block_count", (long) LAYERS);
        metadata.put("llama.context_length", (long) CONTEXT);
        metadata.put("llama.embedding_length", (long) EMBEDDING);
        metadata.put("llama.feed_forward_length", (long) FEED_FORWARD);
        metadata.put("llama.attention.head_count", (long) HEADS);
        metadata.put("llama.attention.head_count_kv", (long) KV_HEADS);
        metadata.put("llama.attention.key_length", (long) HEAD_DIMENSION);
        metadata.put("llama.attention.value_length", (long) HEAD_DIMENSION);
        metadata.put("llama.rope.freq_base", 10_000.0);
        metadata.put("llama.attention.layer_norm_rms_epsilon", 1e-5);
        metadata.put(
                "tokenizer.ggml.tokens",
                IntStream.range(0, VOCABULARY).mapToObj(i -> "t" + i).toList());
        matrix("token_embd.weight", VOCABULARY, EMBEDDING);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "blk." + layer + ".";
            vector(block + "attn_norm.weight", EMBEDDING);
            matrix(block + "attn_q.weight", HEADS * HEAD_DIMENSION, EMBEDDING);
            matrix(block + "attn_k.weight", KV_HEADS * HEAD_DIMENSION, EMBEDDING);
            matrix(block + "attn_v.weight", KV_HEADS * HEAD_DIMENSION, EMBEDDING);
            matrix(block + "attn_output.weight", EMBEDDING, HEADS * HEAD_DIMENSION);
            vector(block + "ffn_norm.weight", EMBEDDING);
            matrix(block + "ffn_gate.weight", FEED_FORWARD, EMBEDDING);
            matrix(block + "ffn_up.weight", FEED_FORWARD, EMBEDDING);
            matrix(block + "ffn_down.weight", EMBEDDING, FEED_FORWARD);
        }
        vector("output_norm.weight", EMBEDDING);
    }

    /** Adds a matrix of seeded weights. */
    void matrix(String name, int rows, int columns) {
        float[][] values = new float[rows][columns];
        for (float[] row : values) {
            for (int k = 0; k < columns; k++) {
                row[k] = (float) (random.nextGaussian() / Math.sqrt(columns));
            }
        }
        matrices.put(name, values);
    }

    /** Adds a vector of seeded values around 1. */
    void vector(String name, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (1 + random.nextGaussian() * 0.3);
        }
        vectors.put(name, values);
    }

    Map<String, Object> metadata() {
        return metadata;
    }

    Map<String, float[][]> matrices() {
        return matrices;
    }

    Map<String, float[]> vectors() {
        return vectors;
    }

    /** A matrix that must be there, {@code [outputs][inputs]}. */
    float[][] matrix(String name) {
        return Objects.requireNonNull(matrices.get(name), name);
    }

    /** A vector that must be there. */
    float[] vector(String name) {
        return Objects.requireNonNull(vectors.get(name), name);
    }

    /** The model in kernel layout. */
    PackedModel pack(Arena arena) {
        List<TensorDescription> tensors = new ArrayList<>();
        matrices.forEach((name, values) -> tensors.add(
                new TensorDescription(name, Encoding.F32, List.of(values.length, values[0].length), "F32", 0)));
        vectors.forEach((name, values) ->
                tensors.add(new TensorDescription(name, Encoding.F32, List.of(values.length), "F32", 0)));
        List<PlacedTensor> placed = PlacedTensor.inSequence(tensors);
        MemorySegment memory = OffHeap.allocate(arena, PlacedTensor.extent(placed));
        for (PlacedTensor each : placed) {
            String name = each.tensor().name();
            if (each.tensor().isMatrix()) {
                pack(matrix(name), each.tensor().layout().panelBytes(), memory, each.offset());
            } else {
                MemorySegment.copy(vector(name), 0, memory, ValueLayout.JAVA_FLOAT, each.offset(), vector(name).length);
            }
        }
        return new PackedModel(new ModelMetadata("tiny.gguf", metadata), placed, memory);
    }

    private static void pack(float[][] values, long panelBytes, MemorySegment memory, long offset) {
        for (int n = 0; n < values.length; n++) {
            for (int k = 0; k < values[n].length; k++) {
                memory.set(ValueLayout.JAVA_FLOAT, offset + n / 16 * panelBytes + k * 64L + n % 16 * 4L, values[n][k]);
            }
        }
    }
}
