// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Service level objectives: what each request has to keep to.
 *
 * @param limits of TTFT, TPOT, ITL (the longest gap of the request) and E2E, where there is one
 */
record Slo(Map<LatencyKind, Duration> limits) {

    /** A reader who sees the first word within two seconds and never waits for the next: faster than people read. */
    static final Slo INTERACTIVE =
            new Slo(Map.of(LatencyKind.TTFT, Duration.ofSeconds(2), LatencyKind.TPOT, Duration.ofMillis(100)));

    Slo {
        limits = Map.copyOf(limits);
    }

    /**
     * Reads {@code ttft=2s,tpot=100ms,itl=500ms,e2e=30s}, or some of these.
     *
     * @throws BadInput naming the part that is wrong
     */
    static Slo parse(String text) {
        Map<LatencyKind, Duration> limits = new EnumMap<>(LatencyKind.class);
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            LatencyKind kind = kind(equals < 0 ? part : part.substring(0, equals));
            if (equals < 0) {
                throw new BadInput("--slo: " + part + " needs a limit, such as " + part.strip() + "=2s");
            }
            if (limits.put(kind, Durations.parse("--slo " + part.strip(), part.substring(equals + 1))) != null) {
                throw new BadInput("--slo: " + part.strip() + " occurs twice");
            }
        }
        return new Slo(limits);
    }

    boolean isMetBy(Attempt attempt) {
        return attempt instanceof Attempt.Completed done
                && limits.entrySet().stream()
                        .allMatch(limit ->
                                value(limit.getKey(), done) <= limit.getValue().toNanos());
    }

    @Override
    public String toString() {
        return new EnumMap<>(limits)
                .entrySet().stream()
                        .map(limit -> limit.getKey().name().toLowerCase(Locale.ROOT) + " <= "
                                + limit.getValue().toNanos() / 1_000_000.0 + " ms")
                        .collect(Collectors.joining(", "));
    }

    private static double value(LatencyKind kind, Attempt.Completed done) {
        return switch (kind) {
            case TTFT -> done.timeToFirstToken();
            case TPOT -> done.timePerOutputToken();
            case E2E -> done.endToEnd();
            case ITL -> longestGap(done);
            case QUEUE -> done.sent() - done.intended();
        };
    }

    private static long longestGap(Attempt.Completed done) {
        long longest = 0;
        for (int i = 1; i < done.chunks().size(); i++) {
            longest = Math.max(longest, done.chunks().get(i) - done.chunks().get(i - 1));
        }
        return longest;
    }

    private static LatencyKind kind(String name) {
        return switch (name.strip().toLowerCase(Locale.ROOT)) {
            case "ttft" -> LatencyKind.TTFT;
            case "tpot" -> LatencyKind.TPOT;
            case "itl" -> LatencyKind.ITL;
            case "e2e" -> LatencyKind.E2E;
            default -> throw new BadInput("--slo: expected ttft=, tpot=, itl= or e2e=, got " + name);
        };
    }
}
