// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

/**
 * Watts while prompts are computed and while tokens are decoded, which use a processor differently: least squares without
 * negative watts over what was measured, older measurements counting less and less. What the measurements do not tell
 * apart gets equal watts. For one thread.
 */
final class PhasePower {
    /** What a measurement counts when another one has come: half after some 140. */
    private static final double KEPT = 0.995;

    /** Measurements before it is relied on. */
    private static final int LEAST = 8;

    /** Weight of the wish that both be equal, as a share of that of the measurements. */
    private static final double EQUALITY = 1e-4;

    private double prefillSquares;
    private double decodeSquares;
    private double products;
    private double prefillSide;
    private double decodeSide;
    private double prefillWatts;
    private double decodeWatts;
    private int measurements;
    private double missed;
    private double measured;

    /** Notes that so many seconds of either took {@code joules}, below zero where a meter is late. */
    void learn(double prefillSeconds, double decodeSeconds, double joules) {
        if (isKnown()) {
            missed = KEPT * missed + Math.abs(joules - prefillWatts * prefillSeconds - decodeWatts * decodeSeconds);
            measured = KEPT * measured + Math.max(0, joules);
        }
        prefillSquares = KEPT * prefillSquares + prefillSeconds * prefillSeconds;
        decodeSquares = KEPT * decodeSquares + decodeSeconds * decodeSeconds;
        products = KEPT * products + prefillSeconds * decodeSeconds;
        prefillSide = KEPT * prefillSide + prefillSeconds * joules;
        decodeSide = KEPT * decodeSide + decodeSeconds * joules;
        measurements++;
        solve();
    }

    /** Whether enough was measured. */
    boolean isKnown() {
        return measurements >= LEAST;
    }

    double prefillWatts() {
        return prefillWatts;
    }

    double decodeWatts() {
        return decodeWatts;
    }

    /** Joules by which it misses what is measured, summed without sign, as a share of that; NaN before it is known. */
    double residualRatio() {
        return measured > 0 ? missed / measured : Double.NaN;
    }

    private void solve() {
        double equality = EQUALITY * (prefillSquares + decodeSquares);
        double first = prefillSquares + equality;
        double second = decodeSquares + equality;
        double both = products - equality;
        double determinant = first * second - both * both;
        if (determinant <= 0) {
            // Nothing has taken any time yet.
            return;
        }
        prefillWatts = (prefillSide * second - decodeSide * both) / determinant;
        decodeWatts = (decodeSide * first - prefillSide * both) / determinant;
        if (prefillWatts < 0) {
            prefillWatts = 0;
            decodeWatts = Math.max(0, decodeSide / second);
        } else if (decodeWatts < 0) {
            decodeWatts = 0;
            prefillWatts = Math.max(0, prefillSide / first);
        }
    }
}
