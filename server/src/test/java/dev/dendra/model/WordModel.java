// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static java.util.Objects.requireNonNull;

import dev.dendra.convert.MatrixPacker;
import dev.dendra.format.DendraFileWriter;
import dev.dendra.format.ModelMetadata;
import dev.dendra.format.PlacedTensor;
import dev.dendra.format.Provenance;
import dev.dendra.format.TensorDescription;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A packed file of a small seeded model that runs like a real one: matrices of every encoding, and a tokenizer of ASCII
 * and of words. Only words are ever generated, each spelled in its own way, so that equal texts are equal tokens;
 * and the best word is far ahead of the second, so that a rounding does not decide between them.
 */
public final class WordModel {
    /** Long enough for tiles of activations, and for steps in bfloat16. */
    static final String PROMPT = "What is computed on one processor is computed on all of them:";

    /** Words to generate in a test. */
    static final int WORDS = 12;

    /** One whose words lead by far; another leaves that to chance. */
    private static final long SEED = 60;

    private static final int LAYERS = 2;
    private static final int EMBEDDING = 96;
    private static final int FEED_FORWARD = 160;
    private static final int HEADS = 6;
    private static final int KV_HEADS = 2;
    private static final int HEAD_DIMENSION = 16;
    private static final int CONTEXT = 128;

    private static final int FIRST_WORD = 97;
    private static final double LOGIT_DEVIATION = 8;

    private final Map<String, float[][]> matrices = new LinkedHashMap<>();
    private final Map<String, float[]> vectors = new LinkedHashMap<>();
    private final List<String> vocabulary = vocabulary();
    private final SplittableRandom random = new SplittableRandom(SEED);

    private WordModel() {
        matrix("token_embd.weight", vocabulary.size(), EMBEDDING, 1);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "blk." + layer + ".";
            vector(block + "attn_norm.weight");
            linear(block + "attn_q.weight", HEADS * HEAD_DIMENSION, EMBEDDING);
            linear(block + "attn_k.weight", KV_HEADS * HEAD_DIMENSION, EMBEDDING);
            linear(block + "attn_v.weight", KV_HEADS * HEAD_DIMENSION, EMBEDDING);
            linear(block + "attn_output.weight", EMBEDDING, HEADS * HEAD_DIMENSION);
            vector(block + "ffn_norm.weight");
            linear(block + "ffn_gate.weight", FEED_FORWARD, EMBEDDING);
            linear(block + "ffn_up.weight", FEED_FORWARD, EMBEDDING);
            linear(block + "ffn_down.weight", EMBEDDING, FEED_FORWARD);
        }
        vector("output_norm.weight");
        matrix("output.weight", vocabulary.size(), EMBEDDING, LOGIT_DEVIATION / Math.sqrt(EMBEDDING));
        for (int token = 0; token < FIRST_WORD; token++) {
            requireNonNull(matrices.get("output.weight"))[token] = new float[EMBEDDING];
        }
    }

    /** Writes the model to the file that is named, and the prompt and the number of words to standard output. */
    public static void main(String[] arguments) throws IOException {
        write(Path.of(arguments[0]));
        System.out.println(WORDS);
        System.out.println(PROMPT);
    }

    /** Writes the model. */
    public static void write(Path file) throws IOException {
        new WordModel().pack(file);
    }

    private void linear(String name, int rows, int columns) {
        matrix(name, rows, columns, 1 / Math.sqrt(columns));
    }

    private void matrix(String name, int rows, int columns, double deviation) {
        float[][] values = new float[rows][columns];
        for (float[] row : values) {
            for (int k = 0; k < columns; k++) {
                row[k] = (float) (random.nextGaussian() * deviation);
            }
        }
        matrices.put(name, values);
    }

    private void vector(String name) {
        float[] values = new float[EMBEDDING];
        for (int i = 0; i < EMBEDDING; i++) {
            values[i] = (float) (1 + random.nextGaussian() * 0.2);
        }
        vectors.put(name, values);
    }

    private void pack(Path file) throws IOException {
        List<TensorDescription> tensors = new ArrayList<>();
        Encoding[] encodings = Encoding.values();
        matrices.forEach((name, values) -> tensors.add(new TensorDescription(
                name,
                encodings[tensors.size() % encodings.length],
                List.of(values.length, values[0].length),
                "F32",
                0)));
        vectors.forEach((name, values) ->
                tensors.add(new TensorDescription(name, Encoding.F32, List.of(values.length), "F32", 0)));
        MatrixPacker packer = new MatrixPacker(1);
        Provenance provenance = new Provenance("none", "0".repeat(64), WordModel.class.getSimpleName(), "seeded");
        List<PlacedTensor> plan = PlacedTensor.inSequence(tensors);
        try (Arena arena = Arena.ofConfined();
                DendraFileWriter writer = DendraFileWriter.create(file, provenance, metadata(), plan)) {
            for (TensorDescription tensor : tensors) {
                MemorySegment bytes = OffHeap.allocate(arena, tensor.bytes());
                double error = 0;
                if (tensor.isMatrix()) {
                    float[][] values = requireNonNull(matrices.get(tensor.name()));
                    error = packer.pack(
                            () -> (row, into) -> System.arraycopy(values[row], 0, into, 0, values[row].length),
                            tensor.layout(),
                            bytes);
                } else {
                    float[] values = requireNonNull(vectors.get(tensor.name()));
                    MemorySegment.copy(values, 0, bytes, ValueLayout.JAVA_FLOAT, 0, values.length);
                }
                writer.write(bytes, error);
            }
            writer.commit();
        }
    }

    private ModelMetadata metadata() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("general.architecture", "llama");
        values.put("general.name", "words");
        values.put("llama.block_count", (long) LAYERS);
        values.put("llama.context_length", (long) CONTEXT);
        values.put("llama.embedding_length", (long) EMBEDDING);
        values.put("llama.feed_forward_length", (long) FEED_FORWARD);
        values.put("llama.attention.head_count", (long) HEADS);
        values.put("llama.attention.head_count_kv", (long) KV_HEADS);
        values.put("llama.rope.freq_base", 10_000.0);
        values.put("llama.attention.layer_norm_rms_epsilon", 1e-5);
        values.put("tokenizer.ggml.model", "gpt2");
        values.put("tokenizer.ggml.pre", "gpt-2");
        values.put("tokenizer.ggml.tokens", vocabulary);
        values.put(
                "tokenizer.ggml.token_type",
                IntStream.range(0, vocabulary.size())
                        .mapToLong(token -> token == 0 ? 3 : 1)
                        .toArray());
        values.put("tokenizer.ggml.merges", List.of());
        values.put("tokenizer.ggml.eos_token_id", 0L);
        return new ModelMetadata("words", values);
    }

    /** The end of text, the bytes of ASCII as GPT-2 writes them, then words with the space before them. */
    private static List<String> vocabulary() {
        List<String> tokens = new ArrayList<>(List.of("<|endoftext|>", "Ċ", "Ġ"));
        for (char character = '!'; character <= '~'; character++) {
            tokens.add(String.valueOf(character));
        }
        for (char consonant : "bdfghjklmnprstvz".toCharArray()) {
            for (char vowel : "aeiou".toCharArray()) {
                tokens.add("Ġ" + consonant + vowel);
                tokens.add("Ġ" + consonant + vowel + "n");
            }
        }
        return tokens;
    }
}
