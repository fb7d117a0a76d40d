// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** What a text is guessed to go on with. */
class PromptLookupTest {

    @Test
    void itGoesOnLikeTheLastOccurrence() {
        int[] prompt = {1, 2, 3, 4, 5, 1, 2, 3, 4, 6, 7, 1, 2, 3, 4};
        assertArrayEquals(new int[] {6, 7, 1}, guess(new PromptLookup(prompt, 20), 3));
    }

    @Test
    void longRunsWinOverShortOnes() {
        int[] prompt = {1, 2, 3, 4, 5, 9, 3, 4, 8, 1, 2, 3, 4};
        assertArrayEquals(new int[] {5}, guess(new PromptLookup(prompt, 20), 1));
    }

    @Test
    void aRunThatIsNewIsNotGuessed() {
        assertArrayEquals(new int[0], guess(new PromptLookup(new int[] {1, 2, 3, 4}, 20), 3));
        assertArrayEquals(new int[0], guess(new PromptLookup(new int[] {1}, 20), 3));
    }

    @Test
    void aRepetitionIsFollowedToItsEnd() {
        // What overlaps its own occurrence is as long as the text knows it to be.
        assertArrayEquals(new int[] {5}, guess(new PromptLookup(new int[] {5, 5, 5, 5, 5}, 20), 3));
    }

    /** Against a search through the whole text; tables that are too small may only lose guesses. */
    @RepeatedTest(20)
    void itFindsWhatASearchFinds(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        int[] text = random.ints(400, 0, 2 + random.nextInt(12)).toArray();
        int promptLength = random.nextInt(text.length);
        PromptLookup lookup = new PromptLookup(Arrays.copyOf(text, promptLength), 1 << 20);
        int found = 0;
        int expected = 0;
        for (int length = promptLength; length < text.length; length++) {
            int[] searched = search(Arrays.copyOf(text, length), 5);
            int[] guessed = guess(lookup, 5);
            if (searched.length > 0) {
                expected++;
                found += Arrays.equals(searched, guessed) ? 1 : 0;
            } else {
                assertEquals(0, guessed.length);
            }
            lookup.add(text[length]);
        }
        assertTrue(found >= 0.95 * expected, found + " of " + expected);
    }

    private static int[] search(int[] text, int count) {
        for (int run : new int[] {PromptLookup.LONG, PromptLookup.SHORT}) {
            for (int end = text.length - 1; end >= run && text.length >= run; end--) {
                if (Arrays.equals(text, end - run, end, text, text.length - run, text.length)) {
                    return Arrays.copyOfRange(text, end, Math.min(end + count, text.length));
                }
            }
        }
        return new int[0];
    }

    private static int[] guess(PromptLookup lookup, int count) {
        int[] guess = new int[count];
        return Arrays.copyOf(guess, lookup.guess(guess, count));
    }
}
