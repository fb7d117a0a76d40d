// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * What a step takes in which sequences decode, by their number and by the rows of prompts beside them: least squares over all
 * such steps so far, of which older ones count less and less. Steps with prompts and those without are kept apart: what a row
 * of a prompt takes is not forgotten in a time without prompts, nor what decoding takes by itself while a long one comes; but
 * in a busy engine, which has few steps without prompts, those fade behind the others. Scheduler thread; allocates nothing.
 */
final class StepTimeFit {
    /** What a step counts when another one of its kind has been seen: about fifty of each count in all. */
    private static final double KEPT = 0.98;

    /** What a step without prompts counts when one with prompts has been seen: half after some 350. */
    private static final double KEPT_BESIDE_PROMPTS = 0.998;

    /** What a step may count at most, as a multiple of what was expected: one that was held up says little of the next. */
    private static final double MOST = 1.5;

    /** Units of the unknowns, so that they are of a size: decoding sequences, rows of prompts. */
    private static final double DECODES = 8;

    private static final double PROMPT_ROWS = 32;

    /** Share of the diagonal that is added to it: then unknowns that always go together share what they cost. */
    private static final double RIDGE = 1e-4;

    private static final int UNKNOWNS = 3;

    /** The normal equations of steps without and with prompts; a row ends with its right side. */
    private final double[][] sumsWithout = new double[UNKNOWNS][UNKNOWNS + 1];

    private final double[][] sumsWith = new double[UNKNOWNS][UNKNOWNS + 1];
    private final double[][] solved = new double[UNKNOWNS][UNKNOWNS + 1];
    private final double[] step = {1, 0, 0};
    private final double[] unknowns = new double[UNKNOWNS];
    private int fewestPromptRows = Integer.MAX_VALUE;
    private int mostPromptRows;

    /** Notes what a step took. */
    void measured(int decodes, int promptRows, double seconds) {
        double expected = seconds(decodes, promptRows);
        double counted = isKnown() && expected > 0 ? Math.min(seconds, MOST * expected) : seconds;
        fewestPromptRows = Math.min(fewestPromptRows, promptRows);
        mostPromptRows = Math.max(mostPromptRows, promptRows);
        step[1] = decodes / DECODES;
        step[2] = promptRows / PROMPT_ROWS;
        if (promptRows == 0) {
            fade(sumsWithout, KEPT);
            add(sumsWithout, counted);
        } else {
            fade(sumsWithout, KEPT_BESIDE_PROMPTS);
            fade(sumsWith, KEPT);
            add(sumsWith, counted);
        }
        solve();
    }

    /** Whether steps differed in their rows of prompts, so that it shows what these cost. */
    boolean isKnown() {
        return mostPromptRows > fewestPromptRows;
    }

    /** What a step is expected to take. */
    double seconds(int decodes, int promptRows) {
        return unknowns[0] + unknowns[1] * decodes / DECODES + unknowns[2] * promptRows / PROMPT_ROWS;
    }

    /** What a row of a prompt adds. */
    double promptRow() {
        return unknowns[2] / PROMPT_ROWS;
    }

    private static void fade(double[][] sums, double kept) {
        for (double[] row : sums) {
            for (int j = 0; j < row.length; j++) {
                row[j] *= kept;
            }
        }
    }

    private void add(double[][] sums, double seconds) {
        for (int i = 0; i < UNKNOWNS; i++) {
            for (int j = 0; j < UNKNOWNS; j++) {
                sums[i][j] += step[i] * step[j];
            }
            sums[i][UNKNOWNS] += step[i] * seconds;
        }
    }

    /** Gaussian elimination; the ridge keeps the diagonal positive, so rows need no exchange. */
    private void solve() {
        for (int i = 0; i < UNKNOWNS; i++) {
            for (int j = 0; j <= UNKNOWNS; j++) {
                solved[i][j] = sumsWithout[i][j] + sumsWith[i][j];
            }
            solved[i][i] += RIDGE * (1 + solved[i][i]);
        }
        for (int i = 0; i < UNKNOWNS; i++) {
            for (int row = i + 1; row < UNKNOWNS; row++) {
                double factor = solved[row][i] / solved[i][i];
                for (int j = i; j <= UNKNOWNS; j++) {
                    solved[row][j] -= factor * solved[i][j];
                }
            }
        }
        for (int i = UNKNOWNS - 1; i >= 0; i--) {
            double right = solved[i][UNKNOWNS];
            for (int j = i + 1; j < UNKNOWNS; j++) {
                right -= solved[i][j] * unknowns[j];
            }
            unknowns[i] = right / solved[i][i];
        }
    }
}
