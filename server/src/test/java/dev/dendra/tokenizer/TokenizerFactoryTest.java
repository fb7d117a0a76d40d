// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.TestModel;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import dev.dendra.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerFactoryTest {
    private static final ModelMetadata BPE = SyntheticVocabularies.byteLevelBpe("smollm");
    private static final ModelMetadata SENTENCE_PIECE = SyntheticVocabularies.sentencePiece();

    private static void refused(ModelMetadata metadata, String key, @Nullable Object value, String problem) {
        String full = "tokenizer.ggml." + key;
        ModelMetadata broken = SyntheticVocabularies.with(metadata, full, value);
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> TokenizerFactory.of(broken));
        assertTrue(e.toString().contains(problem), e::toString);
        assertTrue(e.field().contains("tokenizer.ggml."), e::toString);
    }

    private static List<String> tokens(ModelMetadata metadata) throws ModelFormatException {
        return new ArrayList<>(metadata.strings("tokenizer.ggml.tokens"));
    }

    private static List<String> merges(String... more) throws ModelFormatException {
        List<String> merges = new ArrayList<>(BPE.strings("tokenizer.ggml.merges"));
        merges.addAll(List.of(more));
        return merges;
    }

    @Test
    void refusesUnknownTokenizersByName() {
        refused(BPE, "model", "bert", "'bert'");
        refused(BPE, "model", null, "missing");
        refused(BPE, "pre", "deepseek-llm", "'deepseek-llm'");
        refused(BPE, "pre", null, "missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "llama3", "llama-v3", "qwen2"})
    void knowsThePreTokenizers(String name) throws ModelFormatException {
        Tokenizer tokenizer = TokenizerFactory.of(SyntheticVocabularies.byteLevelBpe(name));
        assertEquals(name.startsWith("llama"), tokenizer.addsBeginOfSequence());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bos_token_id", "eos_token_id", "eot_token_id", "eom_token_id"})
    void refusesIdsOutsideTheVocabulary(String key) {
        refused(BPE, key, 100_000L, "100000");
        refused(SENTENCE_PIECE, key, -1L, "-1");
    }

    @Test
    void refusesListsThatDoNotFitTogether() throws ModelFormatException {
        refused(BPE, "tokens", List.of(), "empty");
        refused(BPE, "token_type", new long[] {1, 1}, "2 entries");
        long[] types = BPE.integers("tokenizer.ggml.token_type").clone();
        types[7] = 9;
        refused(BPE, "token_type", types, "token 7 is of type 9");
        refused(SENTENCE_PIECE, "scores", new double[3], "3 entries");
        double[] scores = SENTENCE_PIECE.numbers("tokenizer.ggml.scores").clone();
        scores[300] = Double.NaN;
        refused(SENTENCE_PIECE, "scores", scores, "token 300");
        refused(BPE, "tokens", tokens(BPE).subList(0, 100), "expected 100");
    }

    @Test
    void refusesTokensThatAreEmptyOrOccurTwice() throws ModelFormatException {
        List<String> twice = tokens(BPE);
        twice.set(20, twice.get(10));
        refused(BPE, "tokens", twice, "tokens 10 and 20");
        List<String> empty = tokens(BPE);
        empty.set(20, "");
        refused(BPE, "tokens", empty, "token 20 is empty");
    }

    @Test
    void refusesBytesWithoutATokenAndMergesOfUnknownTokens() throws ModelFormatException {
        List<String> tokens = tokens(BPE);
        tokens.set(tokens.indexOf("e"), "no e");
        refused(BPE, "tokens", tokens, "byte 0x65");
        List<String> bytes = tokens(SENTENCE_PIECE);
        bytes.set(bytes.indexOf("<0x7F>"), "<0x7f>");
        refused(SENTENCE_PIECE, "tokens", bytes, "<0x7F>");
        refused(BPE, "merges", merges("qq zz"), "'qq'");
        refused(BPE, "merges", merges("q Q"), "'qQ'");
        refused(BPE, "merges", merges("<|im_end|> a"), "no token of text");
        refused(BPE, "merges", merges("e"), "expected two tokens");
        refused(BPE, "merges", merges("e e e"), "expected two tokens");
        refused(BPE, "merges", merges(merges().getFirst()), "occurs twice");
    }

    @Test
    void parsesControlTokensOnlyWhenAsked() throws ModelFormatException {
        for (ModelMetadata metadata : List.of(BPE, SENTENCE_PIECE)) {
            Tokenizer tokenizer = TokenizerFactory.of(metadata);
            String control = tokenizer.spelling(2);
            assertArrayEquals(new int[] {2}, tokenizer.encode(control, SpecialTokens.PARSED));
            int[] asText = tokenizer.encode("a" + control, SpecialTokens.AS_TEXT);
            assertFalse(Arrays.stream(asText).anyMatch(tokenizer::isControl));
            assertEquals(0, tokenizer.bytes(2).length);
        }
    }

    @Test
    void matchesUserDefinedTokensInAnyText() throws ModelFormatException {
        Tokenizer tokenizer = TokenizerFactory.of(BPE);
        int[] tokens = tokenizer.encode("....", SpecialTokens.AS_TEXT);
        assertEquals("...", tokenizer.spelling(tokens[0]));
        assertEquals(2, tokens.length);
    }

    @Test
    void knowsTheTokensThatEndGeneration() throws ModelFormatException {
        Tokenizer tokenizer = TokenizerFactory.of(SyntheticVocabularies.with(BPE, "tokenizer.ggml.eot_token_id", 5L));
        assertEquals(Set.of(0, 2, 5), tokenizer.endOfGeneration());
        assertEquals(1, tokenizer.beginOfSequence());
        assertEquals(2, tokenizer.endOfSequence());
    }

    @Test
    void encodesNothingAsNothing() throws ModelFormatException {
        assertEquals(0, TokenizerFactory.of(BPE).encode("", SpecialTokens.PARSED).length);
        assertEquals(0, TokenizerFactory.of(SENTENCE_PIECE).encode("", SpecialTokens.PARSED).length);
    }

    @Test
    void readsTheDefaultModel() throws IOException {
        Tokenizer tokenizer = TokenizerFactory.of(GgufMetadataReader.read(TestModel.require()));
        assertEquals(49152, tokenizer.vocabularySize());
        assertEquals(Set.of(0, 2), tokenizer.endOfGeneration());
        assertFalse(tokenizer.addsBeginOfSequence());
    }
}
