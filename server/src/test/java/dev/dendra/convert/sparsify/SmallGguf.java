// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.format.GgufBuilder;
import dev.dendra.tensor.Pattern;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A GGUF file of a small seeded model in f32, whose matrices take every pattern, with a tokenizer of ASCII. */
public final class SmallGguf {
    /** Transformer blocks. */
    public static final int LAYERS = 3;

    static final int EMBEDDING = 64;
    static final int FEED_FORWARD = 96;
    static final int HEADS = 4;
    static final int KV_HEADS = 2;
    static final int HEAD_DIMENSION = 16;
    static final int CONTEXT = 64;

    private final SplittableRandom random = new SplittableRandom(5);
    private final GgufBuilder file = new GgufBuilder();

    private final Training training;

    /** What becomes of a matrix of a block. */
    @FunctionalInterface
    private interface Training {
        void train(float[] values, int columns);
    }

    private SmallGguf(boolean tied, Training training) {
        this.training = training;
        List<String> vocabulary = vocabulary();
        file.string("general.architecture", "llama")
                .string("general.name", "small")
                .uint32("llama.block_count", LAYERS)
                .uint32("llama.context_length", CONTEXT)
                .uint32("llama.embedding_length", EMBEDDING)
                .uint32("llama.feed_forward_length", FEED_FORWARD)
                .uint32("llama.attention.head_count", HEADS)
                .uint32("llama.attention.head_count_kv", KV_HEADS)
                .float32("llama.rope.freq_base", 10_000)
                .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .string("tokenizer.ggml.model", "gpt2")
                .string("tokenizer.ggml.pre", "gpt-2")
                .strings("tokenizer.ggml.tokens", vocabulary)
                .strings("tokenizer.ggml.merges", List.of())
                .uint32("tokenizer.ggml.eos_token_id", 0);
        matrix("token_embd.weight", vocabulary.size(), EMBEDDING);
        vector("output_norm.weight");
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "blk." + layer + ".";
            vector(block + "attn_norm.weight");
            matrix(block + "attn_q.weight", HEADS * HEAD_DIMENSION, EMBEDDING);
            matrix(block + "attn_k.weight", KV_HEADS * HEAD_DIMENSION, EMBEDDING);
            matrix(block + "attn_v.weight", KV_HEADS * HEAD_DIMENSION, EMBEDDING);
            matrix(block + "attn_output.weight", EMBEDDING, HEADS * HEAD_DIMENSION);
            vector(block + "ffn_norm.weight");
            matrix(block + "ffn_gate.weight", FEED_FORWARD, EMBEDDING);
            matrix(block + "ffn_up.weight", FEED_FORWARD, EMBEDDING);
            matrix(block + "ffn_down.weight", EMBEDDING, FEED_FORWARD);
        }
        if (!tied) {
            matrix("output.weight", vocabulary.size(), EMBEDDING);
        }
    }

    /** Writes a model whose head is the embedding. */
    public static Path write(Path target) throws IOException {
        return new SmallGguf(true, (values, columns) -> {}).file.write(target);
    }

    /**
     * Writes the same model as if it had been trained sparse: in blocks of {@code pattern} each lives with a chance of a half,
     * and live weights are codes of {@code i8}. The embedding, which is the head, is that of {@link #write}.
     */
    public static Path writeTrained(Path target, Pattern pattern) throws IOException {
        SplittableRandom chance = new SplittableRandom(6);
        SmallGguf trained = new SmallGguf(true, (values, columns) -> train(values, columns, pattern, chance));
        trained.file.string("dendra.training.method", "made up").uint32("dendra.training.tokens", 1234);
        trained.file.float32("dendra.training.rate", 0.5f);
        return trained.file.write(target);
    }

    private static void train(float[] values, int columns, Pattern pattern, SplittableRandom chance) {
        int rows = values.length / columns;
        for (int n = 0; n < rows; n += pattern.blockRows()) {
            for (int k = 0; k < columns; k += pattern.blockColumns()) {
                boolean isLast = n + pattern.blockRows() >= rows && k + pattern.blockColumns() >= columns;
                if (n + k == 0 || (chance.nextBoolean() && !isLast)) {
                    for (int i = n; i < Math.min(n + pattern.blockRows(), rows); i++) {
                        Arrays.fill(
                                values,
                                i * columns + k,
                                i * columns + Math.min(k + pattern.blockColumns(), columns),
                                0);
                    }
                }
            }
        }
        for (int n = 0; n < rows; n++) {
            float largest = 0;
            for (int k = 0; k < columns; k++) {
                largest = Math.max(largest, Math.abs(values[n * columns + k]));
            }
            float scale = largest / 127;
            for (int k = 0; k < columns; k++) {
                values[n * columns + k] = scale == 0 ? 0 : scale * (float) Math.rint(values[n * columns + k] / scale);
            }
        }
    }

    /** Writes a model with a head of its own. */
    static Path writeUntied(Path target) throws IOException {
        return new SmallGguf(false, (values, columns) -> {}).file.write(target);
    }

    private void matrix(String name, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt(columns));
        }
        if (name.startsWith("blk.")) {
            training.train(values, columns);
        }
        file.tensor(name, values, columns, rows);
    }

    private void vector(String name) {
        float[] values = new float[EMBEDDING];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (1 + random.nextGaussian() * 0.3);
        }
        file.tensor(name, values, EMBEDDING);
    }

    /** The end of text, then ASCII as GPT-2 writes it. */
    private static List<String> vocabulary() {
        List<String> tokens = new ArrayList<>(List.of("<|endoftext|>", "Ċ", "Ġ"));
        for (char character = '!'; character <= '~'; character++) {
            tokens.add(String.valueOf(character));
        }
        return tokens;
    }
}
