// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import dev.dendra.format.ModelMetadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Seeded vocabularies in the form that model files have them, so that tests need no model. */
final class SyntheticVocabularies {
    private static final int MERGES = 3000;
    private static final long NORMAL = 1;
    private static final long UNKNOWN = 2;
    private static final long CONTROL = 3;
    private static final long USER_DEFINED = 4;
    private static final long BYTE = 6;

    private SyntheticVocabularies() {}

    /** Byte-level BPE with control tokens 0 to 2, then all bytes, then merges and other tokens in random order. */
    static ModelMetadata byteLevelBpe(String preTokenizer) {
        Random random = new Random(20260101);
        Set<String> text = new LinkedHashSet<>();
        for (int value = 0; value < 256; value++) {
            text.add(String.valueOf(ByteAlphabet.character(value)));
        }
        List<String> merges = merges(random, text, "Ġetaoinshrdlu'.ĊĉÃ0123456789ETðŁĳ");
        // Tokens that no merge makes: whole pieces only.
        text.addAll(List.of("tokenizer", "Ġtokenizer", "123", "DON", "Ġðŀŀ"));
        Map<String, Long> tokens = new LinkedHashMap<>();
        tokens.put("<|endoftext|>", CONTROL);
        tokens.put("<|im_start|>", CONTROL);
        tokens.put("<|im_end|>", CONTROL);
        List<String> shuffled = new ArrayList<>(text);
        Collections.shuffle(shuffled, random);
        shuffled.forEach(token -> tokens.put(token, NORMAL));
        tokens.put("<|x", USER_DEFINED);
        tokens.put("...", USER_DEFINED);
        Map<String, Object> values = values("gpt2", tokens);
        values.put("tokenizer.ggml.pre", preTokenizer);
        values.put("tokenizer.ggml.merges", merges);
        values.put("tokenizer.ggml.bos_token_id", 1L);
        values.put("tokenizer.ggml.eos_token_id", 2L);
        return new ModelMetadata("synthetic", values);
    }

    /** SentencePiece with {@code <unk> <s> </s>}, 256 bytes, merged tokens by falling score, then characters. */
    static ModelMetadata sentencePiece() {
        Random random = new Random(20260102);
        Set<String> text = new LinkedHashSet<>();
        "▁etaoinshrdlucmfwypvbgkqjxzETAOIN0123456789.,'!?<>/|_é日本語漢字👍"
                .codePoints()
                .forEach(c -> text.add(Character.toString(c)));
        int characters = text.size();
        merges(random, text, "▁etaoinshrdlu0123é日本");
        List<String> ordered = new ArrayList<>(text);
        Map<String, Long> tokens = new LinkedHashMap<>();
        tokens.put("<unk>", UNKNOWN);
        tokens.put("<s>", CONTROL);
        tokens.put("</s>", CONTROL);
        for (int value = 0; value < 256; value++) {
            tokens.put("<0x%02X>".formatted(value), BYTE);
        }
        ordered.subList(characters, ordered.size()).forEach(token -> tokens.put(token, NORMAL));
        ordered.subList(0, characters).forEach(token -> tokens.put(token, NORMAL));
        double[] scores = new double[tokens.size()];
        for (int i = 259; i < scores.length; i++) {
            scores[i] = 259 - i;
        }
        Map<String, Object> values = values("llama", tokens);
        values.put("tokenizer.ggml.scores", scores);
        values.put("tokenizer.ggml.bos_token_id", 1L);
        values.put("tokenizer.ggml.eos_token_id", 2L);
        return new ModelMetadata("synthetic", values);
    }

    /** {@code metadata} with one value changed, or taken out where it is null. */
    static ModelMetadata with(ModelMetadata metadata, String key, @Nullable Object value) {
        Map<String, Object> values = new LinkedHashMap<>(metadata.values());
        if (value == null) {
            values.remove(key);
        } else {
            values.put(key, value);
        }
        return new ModelMetadata(metadata.file(), values);
    }

    private static Map<String, Object> values(String model, Map<String, Long> tokens) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", model);
        values.put("tokenizer.ggml.tokens", List.copyOf(tokens.keySet()));
        values.put(
                "tokenizer.ggml.token_type",
                tokens.values().stream().mapToLong(Long::longValue).toArray());
        return values;
    }

    /** Puts random pairs of tokens together, the most of them from {@code common} characters, and adds them. */
    private static List<String> merges(Random random, Set<String> tokens, String common) {
        List<String> parts = new ArrayList<>(Arrays.asList(common.split("")));
        parts.retainAll(tokens);
        List<String> all = new ArrayList<>(tokens);
        List<String> merges = new ArrayList<>();
        while (merges.size() < MERGES) {
            String left = parts.get(random.nextInt(parts.size()));
            String right = random.nextInt(20) == 0
                    ? all.get(random.nextInt(all.size()))
                    : parts.get(random.nextInt(parts.size()));
            if (tokens.add(left + right)) {
                merges.add(left + " " + right);
                parts.add(left + right);
            }
        }
        return merges;
    }
}
