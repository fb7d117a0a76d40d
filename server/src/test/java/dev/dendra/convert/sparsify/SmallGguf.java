// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.format.GgufBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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

    private SmallGguf(boolean tied) {
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
        return new SmallGguf(true).file.write(target);
    }

    /** Writes a model with a head of its own. */
    static Path writeUntied(Path target) throws IOException {
        return new SmallGguf(false).file.write(target);
    }

    private void matrix(String name, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt(columns));
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
