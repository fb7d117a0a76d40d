// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * What steps have taken so far: running averages by the number of rows that decode, and of what a prompt's row adds.
 * Scheduler thread.
 */
final class StepCosts {
    /** Weight of the newest step in the averages. */
    private static final double NEWEST = 0.1;

    /** What a step may count at most, as a multiple of the average: one that the system held up says little of the next. */
    private static final double MOST = 1.5;

    private final double[] decodeSeconds;
    private double promptRowSeconds;

    /** For steps of up to {@code rows}. */
    StepCosts(int rows) {
        this.decodeSeconds = new double[rows + 1];
    }

    /** Notes what a step took. */
    void measured(int decodeRows, int promptRows, double seconds) {
        if (promptRows == 0) {
            decodeSeconds[decodeRows] = average(decodeSeconds[decodeRows], seconds);
            return;
        }
        double decoding = decodeRows == 0 ? 0 : decoding(decodeRows);
        if ((decodeRows == 0 || decoding > 0) && seconds > decoding) {
            promptRowSeconds = average(promptRowSeconds, (seconds - decoding) / promptRows);
        }
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

    /** What a row of a prompt adds to a step; 0 before anything was measured. */
    double promptRow() {
        return promptRowSeconds;
    }

    private static double average(double before, double newest) {
        return before == 0 ? newest : before + NEWEST * (Math.min(newest, MOST * before) - before);
    }
}
