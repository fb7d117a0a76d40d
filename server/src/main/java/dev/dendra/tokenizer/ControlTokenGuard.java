// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.function.IntPredicate;

/**
 * Keeps what users write apart from control tokens while a template puts both into one text: {@link #guard} breaks the
 * spelling of control tokens in a user's text with an unpaired surrogate, which well-formed text never has, and
 * {@link #encode} takes that out again when control tokens have been found.
 */
final class ControlTokenGuard {
    private static final char MARK = '\uDC00';
    private static final String MARK_TEXT = String.valueOf(MARK);

    private final Tokenizer tokenizer;
    private final AddedTokens controlTokens;

    ControlTokenGuard(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        IntPredicate isControl = tokenizer::isControl;
        this.controlTokens = new AddedTokens(tokenizer.vocabularySize(), tokenizer::spelling, isControl);
    }

    /** {@code text}, well-formed but for a mark within each control token's spelling. */
    String guard(String text) {
        String wellFormed = WellFormedText.of(text);
        StringBuilder guarded = new StringBuilder();
        int from = 0;
        for (AddedTokens.Match match = controlTokens.find(wellFormed, 0);
                match != null;
                match = controlTokens.find(wellFormed, from)) {
            int second = wellFormed.offsetByCodePoints(match.from(), 1);
            guarded.append(wellFormed, from, second).append(MARK);
            // Another spelling may begin within this one, so the search goes on behind its first character.
            from = second;
        }
        return guarded.append(wellFormed, from, wellFormed.length()).toString();
    }

    /** {@code text} without marks. */
    static String unguarded(String text) {
        return text.replace(MARK_TEXT, "");
    }

    /** Tokens of text in which users' parts are guarded, and control tokens elsewhere stand for themselves. */
    int[] encode(String guarded) {
        TokenBuffer out = new TokenBuffer(guarded.length() / 3);
        int from = 0;
        while (from < guarded.length()) {
            AddedTokens.Match match = controlTokens.find(guarded, from);
            int to = match == null ? guarded.length() : match.from();
            for (int token :
                    tokenizer.encode(unguarded(guarded.substring(from, to)), Tokenizer.SpecialTokens.AS_TEXT)) {
                out.add(token);
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
