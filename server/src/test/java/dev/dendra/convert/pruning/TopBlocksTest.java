// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import org.junit.jupiter.api.Test;

class TopBlocksTest {

    @Test
    void ofEqualScoresTheFirstOnesAreTaken() {
        double[] scores = {3, 1, 2, 2, 2, 5};
        boolean[] live = new boolean[6];
        TopBlocks.select(scores, 0, 4, live);
        assertArrayEquals(new boolean[] {true, false, true, true, false, true}, live);
        TopBlocks.select(scores, 0, 0, live);
        assertArrayEquals(new boolean[6], live);
    }

    @Test
    void whatIsBeforeTheStartStays() {
        boolean[] live = {false, true, false, false};
        TopBlocks.select(new double[] {9, 0, 1, 2}, 2, 1, live);
        assertArrayEquals(new boolean[] {false, true, false, true}, live);
    }

    @Test
    void fanInIsEqualOrFollowsTheScores() {
        double[][] scores = {{1, 2, 3, 4}, {5, 6, 7, 8}, {0, 0, 9, 0}};
        assertArrayEquals(new int[] {2, 2, 2}, TopBlocks.fanIn(scores, request(0.5, true)));
        assertArrayEquals(new int[] {1, 4, 1}, TopBlocks.fanIn(scores, request(0.5, false)));
        assertArrayEquals(new int[] {1, 1, 1}, TopBlocks.fanIn(scores, request(0.01, true)));
        assertArrayEquals(new int[] {4, 4, 4}, TopBlocks.fanIn(scores, request(1, false)));
    }

    private static PruningRequest request(double density, boolean balanced) {
        return new PruningRequest(Pattern.QUADS, density, Encoding.I8, balanced);
    }
}
