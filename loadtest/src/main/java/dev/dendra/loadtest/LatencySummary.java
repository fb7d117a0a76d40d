// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;

/**
 * What one kind of latency was, in milliseconds; NaN where nothing was measured.
 *
 * @param count of values behind it
 */
record LatencySummary(long count, double mean, double p50, double p90, double p95, double p99, double max) {

    /** Each figure the median of that figure over the rounds. */
    static LatencySummary medianOf(List<LatencySummary> rounds) {
        return new LatencySummary(
                rounds.stream().mapToLong(LatencySummary::count).sum(),
                Medians.of(rounds, LatencySummary::mean),
                Medians.of(rounds, LatencySummary::p50),
                Medians.of(rounds, LatencySummary::p90),
                Medians.of(rounds, LatencySummary::p95),
                Medians.of(rounds, LatencySummary::p99),
                Medians.of(rounds, LatencySummary::max));
    }
}
