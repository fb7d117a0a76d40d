// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 250ms}, {@code 2s}, {@code 1.5m}, {@code 1h}; seconds without a unit. */
final class Durations {

    private static final Pattern SHAPE = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|m|h)?");
    private static final double LONGEST_SECONDS = 7 * 24 * 3600.0;

    private Durations() {}

    /**
     * @param what named in the error
     * @throws BadInput if it is no duration, not above 0, or longer than a week
     */
    static Duration parse(String what, String text) {
        Matcher matcher = SHAPE.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new BadInput(what + " must be a duration such as 250ms, 2s, 1.5m or 1h, got " + text);
        }
        double unit = switch (matcher.group(2)) {
            case "ms" -> 1e-3;
            case "m" -> 60;
            case "h" -> 3600;
            case null, default -> 1;
        };
        double seconds = Double.parseDouble(matcher.group(1)) * unit;
        if (seconds <= 0 || seconds > LONGEST_SECONDS) {
            throw new BadInput(what + " must be above 0 and at most a week, got " + text);
        }
        return Duration.ofNanos(Math.max(1, Math.round(seconds * 1e9)));
    }
}
