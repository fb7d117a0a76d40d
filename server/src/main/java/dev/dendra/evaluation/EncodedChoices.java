// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import java.util.List;

/**
 * An item of multiple choice as tokens.
 *
 * @param source where it is from, for messages
 * @param sequences one a choice
 * @param answer index of the right one
 */
public record EncodedChoices(String source, List<ChoiceSequence> sequences, int answer) {

    /** Tokens of the longest sequence. */
    int longest() {
        return sequences.stream().mapToInt(each -> each.tokens().length).max().orElseThrow();
    }

    /** Tokens of all sequences. */
    int tokens() {
        return sequences.stream().mapToInt(each -> each.tokens().length).sum();
    }
}
