// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A time in which the rate of arrivals changes evenly.
 *
 * @param seconds how long, infinite for a rate without end
 * @param from arrivals a second at its beginning
 * @param to arrivals a second at its end
 */
record RateStage(double seconds, double from, double to) {

    /** Far more than one client machine can send. */
    static final double FASTEST = 100_000;

    private static final Pattern SHAPE =
            Pattern.compile("([^@]+)@(\\d{1,6}(?:\\.\\d{1,9})?)(?:\\.\\.(\\d{1,6}(?:\\.\\d{1,9})?))?");

    static RateStage constant(double seconds, double rate) {
        return new RateStage(seconds, rate, rate);
    }

    /**
     * Reads {@code 30s@2..10}, a ramp, or {@code 60s@10}.
     *
     * @throws BadInput if it is neither
     */
    static RateStage parse(String text) {
        Matcher matcher = SHAPE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new BadInput("--stage must be like 60s@10 or, for a ramp, 30s@2..10, got " + text);
        }
        Duration duration = Durations.parse("--stage " + text, matcher.group(1));
        double from = Double.parseDouble(matcher.group(2));
        double to = matcher.group(3) == null ? from : Double.parseDouble(matcher.group(3));
        if (Math.max(from, to) > FASTEST || from + to == 0) {
            throw new BadInput("--stage " + text + ": rates must be at most " + FASTEST + " and not both 0");
        }
        return new RateStage(duration.toNanos() / 1e9, from, to);
    }

    /** Arrivals to be expected in the whole stage. */
    double arrivals() {
        return seconds * (from + to) / 2;
    }

    /** Seconds into the stage at which {@code count} arrivals are to be expected; {@code count <= arrivals()}. */
    double timeOf(double count) {
        double slope = Double.isInfinite(seconds) ? 0 : (to - from) / seconds;
        // The smaller root of slope / 2 t² + from t = count, in the form that does not cancel.
        double root = Math.sqrt(Math.max(0, from * from + 2 * slope * count));
        return count == 0 ? 0 : 2 * count / (from + root);
    }
}
