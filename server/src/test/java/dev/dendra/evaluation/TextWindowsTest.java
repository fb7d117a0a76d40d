// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/** How a text becomes windows. */
class TextWindowsTest {
    private static final int ALL = Integer.MAX_VALUE;

    private static int[][] windows(boolean begin, int length, int mostTokens, String text) throws EvaluationException {
        List<int[]> windows =
                new TextWindows(new LetterTokenizer(begin), length, mostTokens).of(new EvaluationText("text", text));
        return windows.toArray(int[][]::new);
    }

    @Test
    void tokensAreDealtOutInOrderAndTheLastWindowHasTheRest() throws EvaluationException {
        int[][] expected = {{0, 1, 2}, {2, 1, 0}, {1, 1}};
        assertArrayEquals(expected, windows(false, 3, ALL, "abccbabb"));
    }

    @Test
    void aSingleTokenThatIsLeftCannotBeScored() throws EvaluationException {
        int[][] expected = {{0, 1, 2}, {2, 1, 0}};
        assertArrayEquals(expected, windows(false, 3, ALL, "abccbab"));
    }

    @Test
    void eachWindowBeginsWithTheTokenThatTheModelWants() throws EvaluationException {
        int begin = LetterTokenizer.BEGIN;
        int[][] expected = {{begin, 0, 1}, {begin, 2, 2}, {begin, 1}};
        assertArrayEquals(expected, windows(true, 3, ALL, "abccb"));
    }

    @Test
    void noMoreTokensThanAskedForAreUsed() throws EvaluationException {
        int[][] expected = {{0, 1, 2}, {2, 1}};
        assertArrayEquals(expected, windows(false, 3, 5, "abccbabb"));
    }

    @Test
    void aTextWithNothingToScoreIsRefused() {
        EvaluationException failure = assertThrows(EvaluationException.class, () -> windows(false, 3, ALL, "a"));
        assertEquals("text is too short: 2 tokens are needed to score one, and there are 1", failure.getMessage());
        assertThrows(EvaluationException.class, () -> windows(false, 3, 1, "abc"));
        assertThrows(EvaluationException.class, () -> windows(true, 3, ALL, "!"));
    }
}
