// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import dev.dendra.tokenizer.Tokenizer;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Token 0 for a, 1 for b, 2 for c, whatever else is no token; "ca" is one of its own, 3, also across spaces, and 4
 * begins sequences.
 */
record LetterTokenizer(boolean addsBeginOfSequence) implements Tokenizer {
    static final int CA = 3;
    static final int BEGIN = 4;

    @Override
    public int[] encode(String text, SpecialTokens specialTokens) {
        return text.replace(" ", "")
                .replace("ca", "d")
                .chars()
                .flatMap(letter -> letter >= 'a' && letter <= 'd' ? IntStream.of(letter - 'a') : IntStream.empty())
                .toArray();
    }

    @Override
    public byte[] bytes(int token) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String spelling(int token) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isControl(int token) {
        return token == BEGIN;
    }

    @Override
    public int vocabularySize() {
        return BEGIN + 1;
    }

    @Override
    public boolean addsSpacePrefix() {
        return false;
    }

    @Override
    public int beginOfSequence() {
        return addsBeginOfSequence ? BEGIN : -1;
    }

    @Override
    public int endOfSequence() {
        return -1;
    }

    @Override
    public Set<Integer> endOfGeneration() {
        return Set.of();
    }
}
