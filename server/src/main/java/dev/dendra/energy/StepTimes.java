// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

/**
 * Which part of a step's time its prompts take and which its decoding sequences: so much for a step, whose weights are read
 * once, for a row of a prompt, for a row that decodes, and for a token whose keys and values are read. Fitted to the steps
 * by least squares without negative times, by coordinate descent on the normal equations (Franc, Hlaváč and Navara 2005,
 * "Sequential coordinate-wise algorithm for the non-negative least squares problem"), which goes on from step to step; older
 * steps count less and less. For one thread.
 */
final class StepTimes {
    /** What a step counts when another one has come: half after some 350. */
    private static final double KEPT = 0.998;

    /** Steps before it is relied on. */
    private static final int LEAST = 16;

    /** Share of the diagonal that is added to it. */
    private static final double RIDGE = 1e-6;

    private static final int SWEEPS = 30;
    private static final int UNKNOWNS = 4;

    private final double[][] products = new double[UNKNOWNS][UNKNOWNS];
    private final double[] sides = new double[UNKNOWNS];
    private final double[] times = new double[UNKNOWNS];
    private int steps;

    /** Notes that {@code work} took {@code seconds}. */
    void learn(Work work, double seconds) {
        double[] amounts = {
            work.steps(), work.promptRows(), work.decodeRows(), work.promptKvTokens() + work.decodeKvTokens()
        };
        for (int i = 0; i < UNKNOWNS; i++) {
            for (int j = 0; j < UNKNOWNS; j++) {
                products[i][j] = KEPT * products[i][j] + amounts[i] * amounts[j];
            }
            sides[i] = KEPT * sides[i] + amounts[i] * seconds;
        }
        steps++;
        solve();
    }

    /**
     * Share of the time that is the prompts', 0 to 1; by rows while little is known. What a step takes whatever is in it is
     * theirs and the decoding sequences' by halves where there are both, which is the Shapley value: each alone would have
     * caused it.
     */
    double prefillShare(Work work) {
        if (work.decodeRows() == 0 || work.promptRows() == 0) {
            return work.decodeRows() == 0 ? 1 : 0;
        }
        double fixed = times[0] * work.steps() / 2;
        double prefill = fixed + promptTime(work);
        double sum = prefill + fixed + decodeTime(work);
        return steps >= LEAST && sum > 0 ? prefill / sum : work.promptRows() / work.rows();
    }

    /** Part of all prompts of a step that is {@code own}'s, 0 to 1. */
    double promptPart(Work own, Work all) {
        return part(promptTime(own), promptTime(all), own.promptRows(), all.promptRows());
    }

    /** Part of all that decodes in a step that is {@code own}'s, 0 to 1. */
    double decodePart(Work own, Work all) {
        return part(decodeTime(own), decodeTime(all), own.decodeRows(), all.decodeRows());
    }

    private double part(double ownTime, double allTime, double ownRows, double allRows) {
        if (allRows == 0) {
            return 0;
        }
        return steps >= LEAST && allTime > 0 ? ownTime / allTime : ownRows / allRows;
    }

    private double promptTime(Work work) {
        return times[1] * work.promptRows() + times[3] * work.promptKvTokens();
    }

    private double decodeTime(Work work) {
        return times[2] * work.decodeRows() + times[3] * work.decodeKvTokens();
    }

    private void solve() {
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            for (int i = 0; i < UNKNOWNS; i++) {
                double diagonal = products[i][i] * (1 + RIDGE);
                if (diagonal == 0) {
                    continue;
                }
                double rest = sides[i];
                for (int j = 0; j < UNKNOWNS; j++) {
                    rest -= i == j ? 0 : products[i][j] * times[j];
                }
                times[i] = Math.max(0, rest / diagonal);
            }
        }
    }
}
