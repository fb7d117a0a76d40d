// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import static org.junit.jupiter.api.Assumptions.abort;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.format.ModelMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Hugging Face's tokenizers, given the vocabulary of a model file. */
final class HuggingFaceOracle implements AutoCloseable {
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final HuggingFaceTokenizer tokenizer;

    private HuggingFaceOracle(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The oracle for byte-level BPE; skips the test where its native library does not load. */
    static HuggingFaceOracle byteLevelBpe(ModelMetadata metadata, Tokenizer.SpecialTokens specialTokens, Path folder)
            throws IOException {
        String pre = metadata.string("tokenizer.ggml.pre");
        ObjectNode model = model(metadata);
        model.put("ignore_merges", pre.equals("llama-bpe"));
        ArrayNode merges = model.putArray("merges");
        for (String merge : metadata.strings("tokenizer.ggml.merges")) {
            String[] parts = merge.split(" ", 2);
            merges.addArray().add(parts[0]).add(parts[1]);
        }
        ObjectNode root = root(metadata, specialTokens, model);
        ArrayNode pieces =
                root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        switch (pre) {
            case "gpt-2" -> {}
            case "smollm" -> pieces.addObject().put("type", "Digits").put("individual_digits", true);
            case "llama-bpe" -> split(pieces, "\\p{N}{1,3}");
            case "qwen2" -> split(pieces, "\\p{N}");
            default -> throw new IllegalArgumentException(pre);
        }
        pieces.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", pre.equals("gpt-2") || pre.equals("smollm"));
        return load(root, folder);
    }

    private static void split(ArrayNode pieces, String numbers) {
        ObjectNode split = pieces.addObject().put("type", "Split");
        split.putObject("pattern")
                .put(
                        "Regex",
                        CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" + numbers
                                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");
        split.put("behavior", "Isolated").put("invert", false);
    }

    /** The oracle for SentencePiece, in the form that Llama 2's {@code tokenizer.json} has. */
    static HuggingFaceOracle sentencePiece(ModelMetadata metadata, Tokenizer.SpecialTokens specialTokens, Path folder)
            throws IOException {
        ObjectNode model = model(metadata);
        model.put("unk_token", "<unk>").put("fuse_unk", true).put("byte_fallback", true);
        model.set("merges", mergesByScore(metadata));
        ObjectNode root = root(metadata, specialTokens, model);
        ArrayNode normalizers =
                root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        normalizers.addObject().put("type", "Prepend").put("prepend", "▁");
        ObjectNode replace = normalizers.addObject().put("type", "Replace").put("content", "▁");
        replace.putObject("pattern").put("String", " ");
        root.putNull("pre_tokenizer");
        return load(root, folder);
    }

    private static ArrayNode mergesByScore(ModelMetadata metadata) throws IOException {
        List<String> tokens = metadata.strings("tokenizer.ggml.tokens");
        long[] types = metadata.integers("tokenizer.ggml.token_type");
        double[] scores = metadata.numbers("tokenizer.ggml.scores");
        Map<String, Integer> normal = new TreeMap<>();
        IntStream.range(0, types.length).filter(i -> types[i] == 1).forEach(i -> normal.put(tokens.get(i), i));
        ArrayNode merges = JSON.arrayNode();
        normal.values().stream()
                .sorted(Comparator.comparingDouble(token -> -scores[token]))
                .map(tokens::get)
                .forEach(token -> {
                    for (int at = 1; at < token.length(); at++) {
                        String left = token.substring(0, at);
                        String right = token.substring(at);
                        if (normal.containsKey(left) && normal.containsKey(right)) {
                            merges.addArray().add(left).add(right);
                        }
                    }
                });
        return merges;
    }

    private static ObjectNode model(ModelMetadata metadata) throws IOException {
        ObjectNode model = JSON.objectNode().put("type", "BPE");
        ObjectNode vocabulary = model.putObject("vocab");
        List<String> tokens = metadata.strings("tokenizer.ggml.tokens");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        return model;
    }

    private static ObjectNode root(ModelMetadata metadata, Tokenizer.SpecialTokens specialTokens, ObjectNode model)
            throws IOException {
        ObjectNode root = JSON.objectNode().put("version", "1.0");
        ArrayNode added = root.putArray("added_tokens");
        List<String> tokens = metadata.strings("tokenizer.ggml.tokens");
        long[] types = metadata.integers("tokenizer.ggml.token_type");
        for (int id = 0; id < types.length; id++) {
            boolean control = types[id] == 2 || types[id] == 3;
            if (types[id] == 4 || (control && specialTokens == Tokenizer.SpecialTokens.PARSED)) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", control);
            }
        }
        root.set("model", model);
        return root;
    }

    private static HuggingFaceOracle load(ObjectNode root, Path folder) throws IOException {
        Path file = Files.createTempDirectory(folder, "oracle").resolve("tokenizer.json");
        new ObjectMapper().writeValue(file.toFile(), root);
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.offline", "true");
        try {
            return new HuggingFaceOracle(HuggingFaceTokenizer.newInstance(
                    file, Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false")));
        } catch (LinkageError | IllegalStateException e) {
            return abort("the native library of Hugging Face's tokenizers does not load: " + e);
        }
    }

    int[] encode(String text) {
        long[] ids = tokenizer.encode(text, false, false).getIds();
        return IntStream.range(0, ids.length).map(i -> (int) ids[i]).toArray();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
