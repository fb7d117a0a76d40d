// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A token for each byte, then some texts and parts of characters, then one control token, {@link #end()}.
 */
final class MixedTokenizer implements Tokenizer {
    private static final int BYTES = 256;

    private final List<byte[]> tokens = new ArrayList<>();
    private final boolean addsSpacePrefix;

    MixedTokenizer(boolean addsSpacePrefix, List<String> texts) {
        this.addsSpacePrefix = addsSpacePrefix;
        for (int value = 0; value < BYTES; value++) {
            tokens.add(new byte[] {(byte) value});
        }
        texts.forEach(text -> tokens.add(text.getBytes(StandardCharsets.UTF_8)));
        // the second half of é and a quote; two bytes of the three of €
        tokens.add(new byte[] {(byte) 0xA9, '"'});
        tokens.add(new byte[] {(byte) 0xE2, (byte) 0x82});
        tokens.add(new byte[0]);
    }

    int end() {
        return tokens.size() - 1;
    }

    @Override
    public int[] encode(String text, SpecialTokens specialTokens) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] encoded = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            encoded[i] = bytes[i] & 0xFF;
        }
        return encoded;
    }

    @Override
    public byte[] bytes(int token) {
        return tokens.get(token).clone();
    }

    @Override
    public String spelling(int token) {
        return token == end() ? "</s>" : new String(tokens.get(token), StandardCharsets.ISO_8859_1);
    }

    @Override
    public boolean isControl(int token) {
        return token == end();
    }

    @Override
    public int vocabularySize() {
        return tokens.size();
    }

    @Override
    public boolean addsSpacePrefix() {
        return addsSpacePrefix;
    }

    @Override
    public boolean addsBeginOfSequence() {
        return false;
    }

    @Override
    public int beginOfSequence() {
        return -1;
    }

    @Override
    public int endOfSequence() {
        return end();
    }

    @Override
    public Set<Integer> endOfGeneration() {
        return Set.of(end());
    }
}
