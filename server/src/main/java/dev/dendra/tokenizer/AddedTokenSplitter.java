// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.function.IntPredicate;

/**
 * Parts added tokens from ordinary text. Tokens of type {@code USER_DEFINED} are text, so they are matched always;
 * control tokens only where the caller has asked. Both Hugging Face's tokenizers and llama.cpp do so.
 */
final class AddedTokenSplitter {
    private final AddedTokens textual;
    private final AddedTokens all;

    AddedTokenSplitter(Vocabulary vocabulary) {
        IntPredicate isText = token -> vocabulary.type(token) == TokenType.USER_DEFINED;
        textual = new AddedTokens(vocabulary.size(), vocabulary::spelling, isText);
        all = new AddedTokens(vocabulary.size(), vocabulary::spelling, isText.or(vocabulary::isControl));
    }

    /** Tokens of {@code text}, ordinary stretches of which {@code encoder} encodes. */
    int[] encode(String text, Tokenizer.SpecialTokens specialTokens, SegmentEncoder encoder) {
        String wellFormed = WellFormedText.of(text);
        AddedTokens added = specialTokens == Tokenizer.SpecialTokens.PARSED ? all : textual;
        TokenBuffer out = new TokenBuffer(wellFormed.length() / 3);
        int from = 0;
        while (from < wellFormed.length()) {
            AddedTokens.Match match = added.find(wellFormed, from);
            int to = match == null ? wellFormed.length() : match.from();
            if (to > from) {
                encoder.encode(wellFormed, from, to, out);
            }
            if (match == null) {
                break;
            }
            out.add(match.token());
            from = match.to();
        }
        return out.toArray();
    }
}
