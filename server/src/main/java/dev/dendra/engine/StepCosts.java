// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * What steps without prompts have taken so far: running averages by the number of rows that decode. Scheduler thread.
 */
final class StepCosts {
    /** Weight of the newest step in the averages. */
    private static final double NEWEST = 0.1;

    /** What a step may count at most, as a multiple of the average: one that the system held up says little of the next. */
    private static final double MOST = 1.5;

    private final double[] decodeSeconds;

    /** For steps of up to {@code rows}. */
    StepCosts(int rows) {
        this.decodeSeconds = new double[rows + 1];
    }

    /** Notes what a step took in which so many rows decoded. */
    void measured(int rows, double seconds) {
        double before = decodeSeconds[rows];
        decodeSeconds[rows] = before == 0 ? seconds : before + NEWEST * (Math.min(seconds, MOST * before) - before);
    }

    /** What so many rows take, or the nearest smaller number that was seen; 0 if none was. */
    double decoding(int rows) {
        for (int count = rows; count > 0; count--) {
            if (decodeSeconds[count] > 0) {
                return decodeSeconds[count];
            }
        }
        return 0;
    }

    /**
     * What a row more than {@code rows} would add: the slope to the most rows that were seen of up to {@code further}
     * more. Where none were, as if the weights cost as much as three rows: an opinion that the first try corrects.
     */
    double furtherRow(int rows, int further) {
        double seconds = decoding(rows);
        for (int more = Math.min(further, decodeSeconds.length - 1 - rows); more > 0; more--) {
            double measured = decodeSeconds[rows + more];
            if (measured > 0) {
                return Math.max(0, measured - seconds) / more;
            }
        }
        return seconds / (rows + 3);
    }
}
