// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import dev.dendra.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A prompt with several ways to go on, one of which is right.
 *
 * @param source where it is from, for messages: {@code file:line}
 * @param prompt what comes before a choice, not blank
 * @param choices two at least, each not empty
 * @param answer index of the right one
 */
public record ChoiceItem(String source, String prompt, List<String> choices, int answer) {

    /** Copies the choices. */
    public ChoiceItem {
        choices = List.copyOf(choices);
    }

    /**
     * Encodes each choice behind the prompt, as one text, control tokens that it spells as ordinary text. A space goes
     * between the two unless one of them has white space there. What is scored begins at the first token in which the
     * text differs from the prompt's tokens, so a token that reaches across the border counts as the choice's.
     */
    public EncodedChoices encode(Tokenizer tokenizer) {
        int[] alone = tokenizer.encode(prompt, Tokenizer.SpecialTokens.AS_TEXT);
        int[] prefix = tokenizer.addsBeginOfSequence() ? new int[] {tokenizer.beginOfSequence()} : new int[0];
        List<ChoiceSequence> sequences = new ArrayList<>();
        for (String choice : choices) {
            int[] text = tokenizer.encode(joined(choice), Tokenizer.SpecialTokens.AS_TEXT);
            int shared = Arrays.mismatch(alone, text);
            // A text that is no longer than what it shares with the prompt still has its last token to score.
            int from = Math.min(shared < 0 ? text.length : shared, text.length - 1);
            int[] tokens = Arrays.copyOf(prefix, prefix.length + text.length);
            System.arraycopy(text, 0, tokens, prefix.length, text.length);
            sequences.add(new ChoiceSequence(
                    tokens, Math.max(1, prefix.length + from), choice.getBytes(StandardCharsets.UTF_8).length));
        }
        return new EncodedChoices(source, sequences, answer);
    }

    private String joined(String choice) {
        boolean spaced =
                Character.isWhitespace(prompt.charAt(prompt.length() - 1)) || Character.isWhitespace(choice.charAt(0));
        return spaced ? prompt + choice : prompt + " " + choice;
    }
}
