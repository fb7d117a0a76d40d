// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import dev.dendra.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts texts into windows that do not overlap. A text is encoded once and whole, control tokens that it spells as
 * ordinary text, and its tokens are dealt out in order. Where the model wants a begin-of-sequence token in front of a
 * text, each window begins with one and has room for one token less of the text. The last window has what is left; a
 * single token that is left is dropped, since it cannot be scored.
 *
 * <p>The first token of a window is what the others are predicted from and is not scored: the begin-of-sequence token
 * where there is one, so that all of the text is scored, else the first of the text's tokens in each window.
 *
 * @param tokenizer of the model
 * @param length tokens of a window, at least 2
 * @param mostTokens tokens to use of a text, from its start; the rest is left out
 */
public record TextWindows(Tokenizer tokenizer, int length, int mostTokens) {
    private static final int SHORTEST = 2;

    /** Checks the range. */
    public TextWindows {
        if (length < SHORTEST) {
            throw new IllegalArgumentException("a window of " + length + " tokens has none to score");
        }
    }

    /**
     * Windows of all of a text.
     *
     * @throws EvaluationException if it is too short for one token to be scored
     */
    public static List<int[]> of(Tokenizer tokenizer, EvaluationText text, int length) throws EvaluationException {
        return new TextWindows(tokenizer, length, Integer.MAX_VALUE).of(text);
    }

    /**
     * Windows of a text, one at least, of two tokens at least.
     *
     * @throws EvaluationException if it is too short for one token to be scored
     */
    public List<int[]> of(EvaluationText text) throws EvaluationException {
        int[] prefix = tokenizer.addsBeginOfSequence() ? new int[] {tokenizer.beginOfSequence()} : new int[0];
        int[] tokens = tokenizer.encode(text.content(), Tokenizer.SpecialTokens.AS_TEXT);
        int used = Math.min(tokens.length, mostTokens);
        int step = length - prefix.length;
        List<int[]> windows = new ArrayList<>();
        for (int from = 0; from < used; from += step) {
            int count = Math.min(step, used - from);
            if (prefix.length + count >= SHORTEST) {
                int[] window = Arrays.copyOf(prefix, prefix.length + count);
                System.arraycopy(tokens, from, window, prefix.length, count);
                windows.add(window);
            }
        }
        if (windows.isEmpty()) {
            throw new EvaluationException(text.name() + " is too short: " + (SHORTEST - prefix.length)
                    + " tokens are needed to score one, and there are " + used);
        }
        return windows;
    }
}
