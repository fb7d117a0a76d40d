// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.format.ModelMetadata;
import dev.dendra.format.TensorDescription;
import dev.dendra.format.TensorNames;
import dev.dendra.tensor.Encoding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The shape of a model of architecture {@code llama}, from which metadata and tensors follow. Rotary frequencies are not
 * stretched for long contexts, since that changes no time.
 *
 * @param name what it is called
 * @param layers Transformer blocks
 * @param embeddingLength elements of a hidden state, E
 * @param feedForwardLength neurons of a feed-forward part
 * @param heads query heads
 * @param kvHeads heads of keys and values
 * @param headDimension elements of a head
 * @param vocabularySize tokens, at least 300 to spell every byte
 * @param contextLength most tokens of a sequence
 * @param tiedEmbedding whether the output head is the embedding
 */
public record ModelShape(
        String name,
        int layers,
        int embeddingLength,
        int feedForwardLength,
        int heads,
        int kvHeads,
        int headDimension,
        int vocabularySize,
        int contextLength,
        boolean tiedEmbedding) {

    /**
     * As the models' own {@code config.json} (HuggingFaceTB/SmolLM2-135M, meta-llama/Llama-3.2-1B,
     * meta-llama/Llama-3.1-8B) give them.
     */
    private static final List<ModelShape> PUBLISHED = List.of(
            new ModelShape("smollm2-135m", 30, 576, 1536, 9, 3, 64, 49_152, 8192, true),
            new ModelShape("llama-3.2-1b", 16, 2048, 8192, 32, 8, 64, 128_256, 131_072, true),
            new ModelShape("llama-3.1-8b", 32, 4096, 14_336, 32, 8, 128, 128_256, 131_072, false));

    private static final double ROPE_BASE = 500_000;
    private static final double NORM_EPSILON = 1e-5;

    /** These characters and all between them hold GPT-2's spelling of every byte. */
    private static final char FIRST_CHARACTER = '!';

    private static final char LAST_CHARACTER = '\u0143';

    private static final int SMALLEST_VOCABULARY = 300;

    /** Checks the vocabulary; other numbers are checked where tensors and configuration are made of them. */
    public ModelShape {
        if (vocabularySize < SMALLEST_VOCABULARY) {
            throw new IllegalArgumentException("a vocabulary of " + vocabularySize + " tokens cannot spell every byte");
        }
    }

    /**
     * The shape of a published model.
     *
     * @throws IllegalArgumentException naming the known ones
     */
    public static ModelShape ofName(String name) {
        return PUBLISHED.stream()
                .filter(shape -> shape.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown shape '" + name + "'; known: "
                        + PUBLISHED.stream().map(ModelShape::name).collect(Collectors.joining(", "))));
    }

    /** Configuration under GGUF's names, and a byte-level vocabulary without merges, its other tokens made up. */
    ModelMetadata metadata() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("general.architecture", "llama");
        values.put("general.name", name);
        values.put("llama.block_count", (long) layers);
        values.put("llama.context_length", (long) contextLength);
        values.put("llama.embedding_length", (long) embeddingLength);
        values.put("llama.feed_forward_length", (long) feedForwardLength);
        values.put("llama.attention.head_count", (long) heads);
        values.put("llama.attention.head_count_kv", (long) kvHeads);
        values.put("llama.attention.key_length", (long) headDimension);
        values.put("llama.attention.value_length", (long) headDimension);
        values.put("llama.attention.layer_norm_rms_epsilon", NORM_EPSILON);
        values.put("llama.rope.dimension_count", (long) headDimension);
        values.put("llama.rope.freq_base", ROPE_BASE);
        values.put("tokenizer.ggml.model", "gpt2");
        values.put("tokenizer.ggml.pre", "llama-bpe");
        values.put("tokenizer.ggml.tokens", tokens());
        values.put("tokenizer.ggml.merges", List.of());
        values.put("tokenizer.ggml.bos_token_id", vocabularySize - 2L);
        values.put("tokenizer.ggml.eos_token_id", vocabularySize - 1L);
        return new ModelMetadata("synthetic " + name, values);
    }

    private List<String> tokens() {
        int characters = LAST_CHARACTER - FIRST_CHARACTER + 1;
        return IntStream.range(0, vocabularySize)
                .mapToObj(id -> id < characters ? String.valueOf((char) (FIRST_CHARACTER + id)) : "<" + id + ">")
                .toList();
    }

    /**
     * The tensors in the order of a GGUF file.
     *
     * @param format of the matrices
     */
    List<TensorDescription> tensors(WeightFormat format) {
        Encoding head = format.headEncoding();
        List<TensorDescription> tensors = new ArrayList<>();
        tensors.add(matrix(
                TensorNames.EMBEDDING, tiedEmbedding ? head : format.bodyEncoding(), vocabularySize, embeddingLength));
        for (int layer = 0; layer < layers; layer++) {
            String block = "blk." + layer + ".";
            tensors.add(vector(block + "attn_norm.weight"));
            tensors.add(format.describe(block + "attn_q.weight", heads * headDimension, embeddingLength));
            tensors.add(format.describe(block + "attn_k.weight", kvHeads * headDimension, embeddingLength));
            tensors.add(format.describe(block + "attn_v.weight", kvHeads * headDimension, embeddingLength));
            tensors.add(format.describe(block + "attn_output.weight", embeddingLength, heads * headDimension));
            tensors.add(vector(block + "ffn_norm.weight"));
            tensors.add(format.describe(block + "ffn_gate.weight", feedForwardLength, embeddingLength));
            tensors.add(format.describe(block + "ffn_up.weight", feedForwardLength, embeddingLength));
            tensors.add(format.describe(block + "ffn_down.weight", embeddingLength, feedForwardLength));
        }
        tensors.add(vector(TensorNames.OUTPUT_NORM));
        if (!tiedEmbedding) {
            tensors.add(matrix(TensorNames.HEAD, head, vocabularySize, embeddingLength));
        }
        return tensors;
    }

    private static TensorDescription matrix(String tensor, Encoding encoding, int rows, int columns) {
        return new TensorDescription(tensor, encoding, List.of(rows, columns), SyntheticModel.SOURCE_TYPE, 0);
    }

    private TensorDescription vector(String tensor) {
        return new TensorDescription(tensor, Encoding.F32, List.of(embeddingLength), SyntheticModel.SOURCE_TYPE, 0);
    }
}
