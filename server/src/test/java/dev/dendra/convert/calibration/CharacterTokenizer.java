// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

import dev.dendra.tokenizer.Tokenizer;
import java.util.Set;

/** Characters of ASCII are tokens; {@link #END} ends a text, {@link #BEGIN} begins one if asked to. */
record CharacterTokenizer(boolean addsBeginOfSequence) implements Tokenizer {
    static final int BEGIN = 128;
    static final int END = 129;

    @Override
    public int[] encode(String text, SpecialTokens specialTokens) {
        return text.chars().toArray();
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
        return token >= BEGIN;
    }

    @Override
    public int vocabularySize() {
        return END + 1;
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
        return END;
    }

    @Override
    public Set<Integer> endOfGeneration() {
        return Set.of(END);
    }
}
