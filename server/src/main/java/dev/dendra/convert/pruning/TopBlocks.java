// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.util.Arrays;

/** The blocks with the highest scores; of equal ones those that come first. */
final class TopBlocks {

    private TopBlocks() {}

    /**
     * Marks {@code count} of the scores from {@code from} on.
     *
     * @param live receives for each score from {@code from} on whether it is among them
     */
    static void select(double[] scores, int from, int count, boolean[] live) {
        double[] sorted = Arrays.copyOfRange(scores, from, scores.length);
        if (count == 0) {
            Arrays.fill(live, from, scores.length, false);
            return;
        }
        Arrays.sort(sorted);
        double least = sorted[sorted.length - count];
        int ties = count;
        for (int i = from; i < scores.length; i++) {
            ties -= scores[i] > least ? 1 : 0;
        }
        for (int i = from; i < scores.length; i++) {
            boolean tie = scores[i] == least && ties > 0;
            ties -= tie ? 1 : 0;
            live[i] = scores[i] > least || tie;
        }
    }

    /**
     * How many blocks of each row of blocks live.
     *
     * @param scores of each row of blocks
     */
    static int[] fanIn(double[][] scores, PruningRequest request) {
        int columns = scores[0].length;
        int[] fanIn = new int[scores.length];
        if (request.balanced()) {
            Arrays.fill(fanIn, request.live(columns));
            return fanIn;
        }
        double[] all = new double[Math.multiplyExact(scores.length, columns)];
        for (int i = 0; i < scores.length; i++) {
            System.arraycopy(scores[i], 0, all, i * columns, columns);
        }
        boolean[] live = new boolean[all.length];
        select(all, 0, request.live(all.length), live);
        for (int i = 0; i < live.length; i++) {
            fanIn[i / columns] += live[i] ? 1 : 0;
        }
        return fanIn;
    }
}
