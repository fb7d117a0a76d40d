// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

/**
 * What computing costs: joules of a step, a row of a prompt, a row that decodes, and a token whose keys and values are
 * read. Fitted to what was measured by least squares without negative costs, by coordinate descent on the normal equations
 * (Franc, Hlaváč and Navara 2005, "Sequential coordinate-wise algorithm for the non-negative least squares problem"); older
 * measurements count less and less. For one thread.
 */
final class CostModel {
    /** What a measurement counts when another one has come: half after some 140. */
    private static final double KEPT = 0.995;

    /** Measurements before it is relied on. */
    private static final int LEAST = 8;

    /** Share of the diagonal that is added to it: costs that always go together then share. */
    private static final double RIDGE = 1e-6;

    private static final int MOST_SWEEPS = 2000;
    private static final double CONVERGED = 1e-9;
    private static final int COSTS = 4;

    private final double[][] products = new double[COSTS][COSTS];
    private final double[] sides = new double[COSTS];
    private final double[] costs = new double[COSTS];
    private int measurements;
    private double missed;
    private double measured;

    /** Notes that {@code work} took {@code joules}, which may be below zero where a meter is late. */
    void learn(Work work, double joules) {
        if (isKnown()) {
            missed = KEPT * missed + Math.abs(joules - prefill(work) - decode(work));
            measured = KEPT * measured + Math.max(0, joules);
        }
        double[] amounts = {
            work.steps(), work.promptRows(), work.decodeRows(), work.promptKvTokens() + work.decodeKvTokens()
        };
        for (int i = 0; i < COSTS; i++) {
            for (int j = 0; j < COSTS; j++) {
                products[i][j] = KEPT * products[i][j] + amounts[i] * amounts[j];
            }
            sides[i] = KEPT * sides[i] + amounts[i] * joules;
        }
        measurements++;
        solve();
    }

    /** Whether enough was measured. */
    boolean isKnown() {
        return measurements >= LEAST;
    }

    /** Joules by which it misses what is measured, summed without sign, as a share of that; NaN before it is known. */
    double residualRatio() {
        return measured > 0 ? missed / measured : Double.NaN;
    }

    /**
     * Joules for prompts. What a step costs whatever is in it is prefill's and decode's by halves where it has both, which
     * is the Shapley value: each alone would have caused it.
     */
    double prefill(Work work) {
        double part = work.promptRows() == 0 ? 0 : work.decodeRows() == 0 ? 1 : 0.5;
        return part * costs[0] * work.steps() + promptWork(work);
    }

    /** Joules for what decodes; see {@link #prefill}. */
    double decode(Work work) {
        double part = work.decodeRows() == 0 ? 0 : work.promptRows() == 0 ? 1 : 0.5;
        return part * costs[0] * work.steps() + decodeWork(work);
    }

    /** Of {@link #prefill} what grows with the prompts. */
    double promptWork(Work work) {
        return costs[1] * work.promptRows() + costs[3] * work.promptKvTokens();
    }

    /** Of {@link #decode} what grows with the sequences. */
    double decodeWork(Work work) {
        return costs[2] * work.decodeRows() + costs[3] * work.decodeKvTokens();
    }

    private void solve() {
        double largest = 1;
        double change = 1;
        for (int sweep = 0; sweep < MOST_SWEEPS && change > CONVERGED * largest; sweep++) {
            change = 0;
            largest = 0;
            for (int i = 0; i < COSTS; i++) {
                double diagonal = products[i][i] * (1 + RIDGE);
                if (diagonal == 0) {
                    continue;
                }
                double rest = sides[i];
                for (int j = 0; j < COSTS; j++) {
                    rest -= i == j ? 0 : products[i][j] * costs[j];
                }
                double cost = Math.max(0, rest / diagonal);
                double scale = Math.sqrt(products[i][i]);
                change = Math.max(change, Math.abs(cost - costs[i]) * scale);
                largest = Math.max(largest, cost * scale);
                costs[i] = cost;
            }
        }
    }
}
