// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;
import java.util.Locale;

/**
 * How well an open loop's requests were sent when they were due.
 *
 * @param offered requests a second by the schedule, from its start to the last one's time
 * @param achieved requests a second as they were sent
 */
record SendingRate(double offered, double achieved) {

    /** A client that falls behind further than this no longer offers the load that it names. */
    static final double LEAST_SHARE = 0.98;

    static SendingRate of(List<Attempt> attempts) {
        double due = attempts.stream().mapToLong(Attempt::intended).max().orElse(0) / 1e9;
        double sent = attempts.stream().mapToLong(Attempt::sent).max().orElse(0) / 1e9;
        return new SendingRate(attempts.size() / due, attempts.size() / sent);
    }

    /** A load of one request, or of several at once, has no rate to fall short of. */
    boolean isAchieved() {
        return Double.isInfinite(offered) || achieved >= LEAST_SHARE * offered;
    }

    String failure() {
        return String.format(
                Locale.ROOT,
                "requests were sent at %.2f/s, %.1f %% of the offered %.2f/s: this client is too slow for that load",
                achieved,
                100 * achieved / offered,
                offered);
    }
}
