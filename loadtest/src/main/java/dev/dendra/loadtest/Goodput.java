// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;

/**
 * Requests that meet all objectives; those that failed do not.
 *
 * @param share of the requests of the window, 0 to 1
 * @param rate of them, a second
 */
record Goodput(double share, double rate) {

    static Goodput of(List<Attempt> window, Slo slo, double seconds) {
        long good = window.stream().filter(slo::isMetBy).count();
        return new Goodput(
                window.isEmpty() ? Double.NaN : (double) good / window.size(),
                seconds > 0 ? good / seconds : Double.NaN);
    }

    static Goodput medianOf(List<Goodput> rounds) {
        return new Goodput(Medians.of(rounds, Goodput::share), Medians.of(rounds, Goodput::rate));
    }
}
