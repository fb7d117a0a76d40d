// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelMetadata;
import dev.dendra.format.PackedModel;
import dev.dendra.format.PlacedTensor;
import dev.dendra.format.TensorDescription;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PanelLayout;
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
        return pack(arena, Encoding.F32);
    }

    /** The model in kernel layout, its matrices rounded to {@code F32}, {@code I8} or {@code I8G32}. */
    PackedModel pack(Arena arena, Encoding encoding) {
        List<TensorDescription> tensors = new ArrayList<>();
        matrices.forEach((name, values) ->
                tensors.add(new TensorDescription(name, encoding, List.of(values.length, values[0].length), "F32", 0)));
        vectors.forEach((name, values) ->
                tensors.add(new TensorDescription(name, Encoding.F32, List.of(values.length), "F32", 0)));
        List<PlacedTensor> placed = PlacedTensor.inSequence(tensors);
        MemorySegment memory = OffHeap.allocate(arena, PlacedTensor.extent(placed));
        for (PlacedTensor each : placed) {
            String name = each.tensor().name();
            if (each.tensor().isMatrix()) {
                PanelLayout layout = each.tensor().layout();
                float[][] values = matrix(name);
                for (int n = 0; n < values.length; n++) {
                    packRow(values[n], layout, memory, each.offset() + n / 16 * layout.panelBytes(), n % 16 * 4L);
                }
            } else {
                MemorySegment.copy(vector(name), 0, memory, ValueLayout.JAVA_FLOAT, each.offset(), vector(name).length);
            }
        }
        return new PackedModel(new ModelMetadata("tiny.gguf", metadata), placed, memory);
    }

    private static void packRow(float[] row, PanelLayout layout, MemorySegment memory, long panel, long lane) {
        if (layout.encoding() == Encoding.F32) {
            for (int k = 0; k < row.length; k++) {
                memory.set(ValueLayout.JAVA_FLOAT, panel + layout.lineOffset(k) + lane, row[k]);
            }
            return;
        }
        int group = layout.encoding() == Encoding.I8 ? row.length : 32;
        for (int from = 0; from < row.length; from += group) {
            int to = Math.min(from + group, row.length);
            float largest = 0;
            for (int k = from; k < to; k++) {
                largest = Math.max(largest, Math.abs(row[k]));
            }
            float scale = largest / 127;
            long scales = panel + layout.scalesOffset(from) + lane;
            if (layout.encoding() == Encoding.I8) {
                memory.set(ValueLayout.JAVA_FLOAT, scales, scale);
            } else {
                memory.set(ValueLayout.JAVA_SHORT, scales + from / 32 % 2 * 2L, Float.floatToFloat16(scale));
            }
            for (int k = from; k < to; k++) {
                memory.set(ValueLayout.JAVA_BYTE, panel + layout.lineOffset(k) + lane + k % 4, (byte)
                        Math.round(row[k] / scale));
            }
        }
    }
}
