// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.time.Duration;
import java.util.OptionalInt;

/** How much the holder of one key uses now. Any thread. */
final class KeyUsage {
    private static final double MINUTE_NANOS = Duration.ofMinutes(1).toNanos();

    private double spent;
    private long lastNanos;
    private int running;

    /** From {@code nowNanos} on, with nothing used. */
    KeyUsage(long nowNanos) {
        lastNanos = nowNanos;
    }

    /**
     * Counts a request against {@code perMinute}: a bucket that holds a minute's requests and fills evenly.
     *
     * @return what is left after it; a refused request costs nothing
     */
    synchronized RateState request(int perMinute, long nowNanos) {
        double nanosPerRequest = MINUTE_NANOS / perMinute;
        spent = Math.max(0, spent - Math.max(0, nowNanos - lastNanos) / nanosPerRequest);
        lastNanos = nowNanos;
        boolean granted = spent + 1 <= perMinute;
        if (granted) {
            spent++;
        }
        // What is missing of a whole request, and when the bucket is full again.
        double missing = Math.max(0, spent + 1 - perMinute);
        return new RateState(
                granted,
                perMinute,
                (int) (perMinute - spent),
                Duration.ofNanos((long) Math.ceil(missing * nanosPerRequest)),
                Duration.ofNanos((long) Math.ceil(spent * nanosPerRequest)));
    }

    /** Begins one of at most {@code limit} requests at once; false if they are all taken. */
    synchronized boolean begin(OptionalInt limit) {
        if (limit.isPresent() && running >= limit.getAsInt()) {
            return false;
        }
        running++;
        return true;
    }

    /** A request that {@linkplain #begin began} has ended. */
    synchronized void end() {
        running--;
    }

    /** Requests under way. */
    synchronized int running() {
        return running;
    }

    /**
     * A rate limit after a request.
     *
     * @param granted whether the request may go on
     * @param limit requests in a minute
     * @param remaining requests that may follow at once
     * @param untilNext how long until one more may follow
     * @param untilFull how long until nothing is used
     */
    record RateState(boolean granted, int limit, int remaining, Duration untilNext, Duration untilFull) {}
}
