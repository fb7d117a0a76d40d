// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;

/**
 * The part of a run in which the load was the one that was asked for, in nanoseconds since its start.
 *
 * @param isWholeRun where the run was too short to have another
 */
record SteadyWindow(long from, long to, boolean isWholeRun) {

    static final String DEFINITION =
            "latencies, goodput and rates are those of the steady window: after the first wave of"
                    + " requests (closed loop: one for each client; open loop: one) has ended, until the last request was sent";

    /** Fewer requests than this say nothing about a state. */
    private static final int LEAST_REQUESTS = 4;

    static SteadyWindow of(LoadRun run) {
        List<Attempt> attempts = run.attempts();
        SteadyWindow whole = new SteadyWindow(0, run.wall(), true);
        long from = attempts.stream()
                .limit(Math.max(1, run.clients()))
                .mapToLong(Attempt::ended)
                .max()
                .orElse(0);
        long to = attempts.stream().mapToLong(Attempt::intended).max().orElse(0);
        SteadyWindow steady = new SteadyWindow(from, to, false);
        return attempts.stream().filter(steady::contains).count() >= LEAST_REQUESTS ? steady : whole;
    }

    /** Whether the request was to be sent in this window. */
    boolean contains(Attempt attempt) {
        return contains(attempt.intended());
    }

    boolean contains(long moment) {
        return moment >= from && moment <= to;
    }

    double seconds() {
        return (to - from) / 1e9;
    }
}
