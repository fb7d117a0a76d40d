// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The figures of one run.
 *
 * @param requests sent
 * @param completed answers that ended as they should
 * @param errors the others, by kind
 * @param wallSeconds from the start to the end of the last answer
 * @param promptTokens of all answers
 * @param cachedTokens those of them that the server says it had
 * @param outputTokens of all answers
 * @param countedByServer whether all answers came with the server's counts
 * @param window that the figures below are of
 * @param latencies of every kind
 * @param goodput where objectives were given
 * @param rate of an open loop
 * @param timeline of the whole run
 */
record RunFigures(
        int requests,
        int completed,
        Map<String, Integer> errors,
        double wallSeconds,
        long promptTokens,
        long cachedTokens,
        long outputTokens,
        boolean countedByServer,
        SteadyWindow window,
        Throughput throughput,
        Map<LatencyKind, LatencySummary> latencies,
        Optional<Goodput> goodput,
        Optional<SendingRate> rate,
        Timeline timeline) {

    static RunFigures of(LoadRun run, Optional<Slo> slo) {
        SteadyWindow window = SteadyWindow.of(run);
        List<Attempt> inside = run.attempts().stream().filter(window::contains).toList();
        List<Attempt.Completed> completed = completed(run.attempts());
        return new RunFigures(
                run.attempts().size(),
                completed.size(),
                errors(run.attempts()),
                run.wall() / 1e9,
                completed.stream()
                        .mapToLong(done -> done.usage().promptTokens())
                        .sum(),
                completed.stream()
                        .mapToLong(done -> done.usage().cachedTokens())
                        .sum(),
                completed.stream()
                        .mapToLong(done -> done.usage().outputTokens())
                        .sum(),
                completed.stream().allMatch(done -> done.usage().byServer()),
                window,
                Throughput.of(completed, window),
                latencies(completed(inside)),
                slo.map(objectives -> Goodput.of(inside, objectives, window.seconds())),
                run.clients() == 0 ? Optional.of(SendingRate.of(run.attempts())) : Optional.empty(),
                Timeline.of(run));
    }

    /** One kind's latencies. */
    LatencySummary latency(LatencyKind kind) {
        return latencies.getOrDefault(kind, new LatencyRecorder().summary());
    }

    /** Whether the load was the one that was asked for. */
    boolean isValid() {
        return rate.isEmpty() || rate.get().isAchieved();
    }

    private static List<Attempt.Completed> completed(List<Attempt> attempts) {
        return attempts.stream()
                .filter(Attempt.Completed.class::isInstance)
                .map(Attempt.Completed.class::cast)
                .toList();
    }

    private static Map<String, Integer> errors(List<Attempt> attempts) {
        Map<String, Integer> errors = new TreeMap<>();
        for (Attempt attempt : attempts) {
            if (attempt instanceof Attempt.Failed failed) {
                errors.merge(failed.reason(), 1, Integer::sum);
            }
        }
        return errors;
    }

    private static Map<LatencyKind, LatencySummary> latencies(List<Attempt.Completed> completed) {
        Map<LatencyKind, LatencySummary> latencies = new EnumMap<>(LatencyKind.class);
        for (LatencyKind kind : LatencyKind.values()) {
            LatencyRecorder recorder = new LatencyRecorder();
            completed.forEach(done -> kind.record(done, recorder));
            latencies.put(kind, recorder.summary());
        }
        return latencies;
    }
}
