// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.dendra.TestModel;
import dev.dendra.format.ModelMetadata;
import dev.dendra.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same token ids as Hugging Face's tokenizers on 5,000 seeded texts for each tokenizer. */
class TokenizerOracleTest {
    private static final int TEXTS = 5000;
    private static final int RUN = 4096;
    private static final int MEBIBYTE = 1 << 20;

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "qwen2"})
    void encodesAsHuggingFaceWithTheDefaultModelsVocabulary(String preTokenizer) throws IOException {
        ModelMetadata model = GgufMetadataReader.read(TestModel.require());
        ModelMetadata metadata = SyntheticVocabularies.with(model, "tokenizer.ggml.pre", preTokenizer);
        compareByteLevelBpe(metadata, SpecialTokens.AS_TEXT, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "qwen2"})
    void encodesAsHuggingFaceWithASyntheticVocabulary(String preTokenizer) throws IOException {
        compareByteLevelBpe(SyntheticVocabularies.byteLevelBpe(preTokenizer), SpecialTokens.AS_TEXT, 2);
    }

    @Test
    void parsesControlTokensAsHuggingFace() throws IOException {
        compareByteLevelBpe(SyntheticVocabularies.byteLevelBpe("smollm"), SpecialTokens.PARSED, 3);
    }

    @ParameterizedTest
    @EnumSource(SpecialTokens.class)
    void encodesSentencePieceAsHuggingFace(SpecialTokens specialTokens) throws IOException {
        ModelMetadata metadata = SyntheticVocabularies.sentencePiece();
        try (HuggingFaceOracle oracle = HuggingFaceOracle.sentencePiece(metadata, specialTokens, folder)) {
            compare(TokenizerFactory.of(metadata), specialTokens, oracle, 4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "7", "\n", "é日", " a1's"})
    void encodesAMillionBytesOfARunAsHuggingFace(String part) throws IOException {
        ModelMetadata metadata = SyntheticVocabularies.byteLevelBpe("smollm");
        try (HuggingFaceOracle oracle = HuggingFaceOracle.byteLevelBpe(metadata, SpecialTokens.AS_TEXT, folder)) {
            String text = part.repeat(MEBIBYTE / part.getBytes(StandardCharsets.UTF_8).length);
            compare(TokenizerFactory.of(metadata), SpecialTokens.AS_TEXT, oracle, text);
        }
    }

    private void compareByteLevelBpe(ModelMetadata metadata, SpecialTokens specialTokens, long seed)
            throws IOException {
        try (HuggingFaceOracle oracle = HuggingFaceOracle.byteLevelBpe(metadata, specialTokens, folder)) {
            compare(TokenizerFactory.of(metadata), specialTokens, oracle, seed);
        }
    }

    private static void compare(Tokenizer tokenizer, SpecialTokens specialTokens, HuggingFaceOracle oracle, long seed) {
        RandomTexts texts = new RandomTexts(seed);
        for (int i = 0; i < TEXTS; i++) {
            compare(tokenizer, specialTokens, oracle, texts.next());
        }
        for (String part : new String[] {"a", " ", "7", "\n", "!", "é", "日", " a", "a1", "'s", "\r\n ", "👍"}) {
            compare(tokenizer, specialTokens, oracle, part.repeat(RUN));
        }
        StringBuilder mixed = new StringBuilder();
        while (mixed.length() < MEBIBYTE) {
            mixed.append(texts.next());
        }
        compare(tokenizer, specialTokens, oracle, mixed.toString());
    }

    private static void compare(
            Tokenizer tokenizer, SpecialTokens specialTokens, HuggingFaceOracle oracle, String text) {
        // The oracle's binding knows no unpaired surrogates.
        int[] expected = oracle.encode(WellFormedText.of(text));
        Supplier<String> message = () -> text.length() > 200 ? text.substring(0, 200) : escaped(text);
        assertArrayEquals(expected, tokenizer.encode(text, specialTokens), message);
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints()
                .forEach(c -> escaped.append(c > ' ' && c < 0x7F ? Character.toString(c) : "{%X}".formatted(c)));
        return escaped.toString();
    }
}
