// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

/** A prompt with one of its choices, as tokens. */
public final class ChoiceSequence {
    private final int[] tokens;
    private final int scoredFrom;
    private final int bytes;

    /**
     * Prompt and choice.
     *
     * @param tokens of both, after a begin-of-sequence token where the model wants one
     * @param scoredFrom index of the first token that is the choice's, at least 1
     * @param bytes of the choice in UTF-8
     */
    ChoiceSequence(int[] tokens, int scoredFrom, int bytes) {
        this.tokens = tokens;
        this.scoredFrom = scoredFrom;
        this.bytes = bytes;
    }

    /** Tokens of prompt and choice. */
    public int[] tokens() {
        return tokens;
    }

    int scoredFrom() {
        return scoredFrom;
    }

    int bytes() {
        return bytes;
    }
}
