// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IncrementalDetokenizerTest {

    static Stream<ModelMetadata> vocabularies() {
        return Stream.of(SyntheticVocabularies.byteLevelBpe("gpt-2"), SyntheticVocabularies.sentencePiece());
    }

    private static String detokenized(IncrementalDetokenizer detokenizer, int... tokens) {
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            String part = detokenizer.append(token);
            assertFalse(
                    !part.isEmpty() && Character.isHighSurrogate(part.charAt(part.length() - 1)),
                    "a code point was split");
            text.append(part);
        }
        return text.append(detokenizer.finish()).toString();
    }

    @ParameterizedTest
    @MethodSource("vocabularies")
    void partsAreTheDecodedWholeForAnyTokens(ModelMetadata metadata) throws ModelFormatException {
        Tokenizer tokenizer = TokenizerFactory.of(metadata);
        Random random = new Random(7);
        for (int round = 0; round < 10_000; round++) {
            // Most of them from the bytes, so that sequences break off and go wrong in every way.
            int bound = random.nextBoolean() ? 259 : tokenizer.vocabularySize();
            int[] tokens = random.ints(random.nextInt(30), 0, bound).toArray();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int token : tokens) {
                bytes.writeBytes(tokenizer.bytes(token));
            }
            assertEquals(
                    bytes.toString(StandardCharsets.UTF_8),
                    detokenized(IncrementalDetokenizer.ofContinuation(tokenizer), tokens));
        }
    }

    @ParameterizedTest
    @MethodSource("vocabularies")
    void givesEncodedTextBack(ModelMetadata metadata) throws ModelFormatException {
        Tokenizer tokenizer = TokenizerFactory.of(metadata);
        RandomTexts texts = new RandomTexts(8);
        for (int round = 0; round < 2000; round++) {
            String text = texts.next();
            int[] tokens = tokenizer.encode(text, Tokenizer.SpecialTokens.AS_TEXT);
            assertEquals(WellFormedText.of(text), detokenized(IncrementalDetokenizer.ofText(tokenizer), tokens));
        }
    }

    @Test
    void waitsForTheRestOfACodePoint() throws ModelFormatException {
        Tokenizer tokenizer = TokenizerFactory.of(SyntheticVocabularies.sentencePiece());
        IncrementalDetokenizer detokenizer = IncrementalDetokenizer.ofContinuation(tokenizer);
        byte[] bytes = "🦆".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 3; i++) {
            assertTrue(detokenizer.append(3 + (bytes[i] & 0xFF)).isEmpty());
        }
        assertEquals("🦆", detokenizer.append(3 + (bytes[3] & 0xFF)));
        assertTrue(detokenizer.append(3 + 0xF0).isEmpty());
        assertEquals("\uFFFD", detokenizer.finish());
    }

    @Test
    void dropsTheSpaceInFrontOfTextOnlyWhereTextBegins() throws ModelFormatException {
        Tokenizer tokenizer = TokenizerFactory.of(SyntheticVocabularies.sentencePiece());
        int[] tokens = tokenizer.encode("the  end", Tokenizer.SpecialTokens.AS_TEXT);
        assertEquals("the  end", detokenized(IncrementalDetokenizer.ofText(tokenizer), tokens));
        assertEquals(" the  end", detokenized(IncrementalDetokenizer.ofContinuation(tokenizer), tokens));
    }
}
