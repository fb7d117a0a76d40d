// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/** A token for each byte, and two control tokens. */
public final class ByteTokenizer implements Tokenizer {
    /** Begins a sequence. */
    public static final int START = 256;

    /** Ends a text. */
    public static final int END = 257;

    /** Tokens there are. */
    public static final int SIZE = 258;

    private final boolean addsStart;

    /** A tokenizer whose model wants {@link #START} in front of a text, or not. */
    public ByteTokenizer(boolean addsStart) {
        this.addsStart = addsStart;
    }

    /** Tokens of a text. */
    public static int[] tokens(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] tokens = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            tokens[i] = bytes[i] & 0xff;
        }
        return tokens;
    }

    @Override
    public int[] encode(String text, SpecialTokens specialTokens) {
        return tokens(text);
    }

    @Override
    public byte[] bytes(int token) {
        return token < START ? new byte[] {(byte) token} : new byte[0];
    }

    @Override
    public String spelling(int token) {
        return switch (token) {
            case START -> "<s>";
            case END -> "</s>";
            default -> Integer.toString(token);
        };
    }

    @Override
    public boolean isControl(int token) {
        return token >= START;
    }

    @Override
    public int vocabularySize() {
        return SIZE;
    }

    @Override
    public boolean addsBeginOfSequence() {
        return addsStart;
    }

    @Override
    public boolean addsSpacePrefix() {
        return false;
    }

    @Override
    public int beginOfSequence() {
        return START;
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
