// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The plots of a report. */
final class ReportCharts {

    private static final List<String> PERCENTILES = List.of("p50", "p90", "p95", "p99", "max");

    private ReportCharts() {}

    /** A chart of percentiles for each kind of latency, by medians over the rounds. */
    static List<LineChart> latencies(LevelResult level) {
        List<LineChart> charts = new ArrayList<>();
        level.latencies().forEach((kind, summary) -> {
            if (summary.count() > 0) {
                List<Double> values =
                        List.of(summary.p50(), summary.p90(), summary.p95(), summary.p99(), summary.max());
                List<LineChart.Point> points = new ArrayList<>();
                for (int i = 0; i < values.size(); i++) {
                    points.add(new LineChart.Point(i, values.get(i)));
                }
                charts.add(new LineChart(
                        kind + " by percentile",
                        "of " + summary.count() + " values",
                        "ms",
                        PERCENTILES,
                        List.of(new LineChart.Series(kind.toString(), points))));
            }
        });
        return charts;
    }

    /** How one round went in time. */
    static List<LineChart> timeline(Timeline timeline) {
        String x = "seconds since the start, in steps of " + timeline.stepSeconds() + " s";
        return List.of(
                new LineChart(
                        "Time to first token of requests due then",
                        x,
                        "ms",
                        List.of(),
                        List.of(line("median", timeline, Timeline.Slice::ttft))),
                new LineChart(
                        "Inter-token latency",
                        x,
                        "ms",
                        List.of(),
                        List.of(
                                line("median", timeline, Timeline.Slice::itl),
                                line("longest", timeline, Timeline.Slice::longestItl))),
                new LineChart(
                        "Throughput",
                        x,
                        "output tokens/s",
                        List.of(),
                        List.of(line("output tokens/s", timeline, Timeline.Slice::outputTokens))),
                new LineChart(
                        "Concurrency",
                        x,
                        "requests in flight",
                        List.of(),
                        List.of(line("in flight", timeline, Timeline.Slice::inFlight))));
    }

    /** What changes from load to load; nothing where the loads have no number to put them by. */
    static List<LineChart> sweep(List<LevelResult> levels) {
        if (levels.size() < 2
                || levels.stream().anyMatch(level -> Double.isNaN(level.shape().level()))) {
            return List.of();
        }
        boolean isRate = levels.getFirst().shape() instanceof LoadShape.Open;
        String x = isRate ? "offered requests/s" : "clients";
        List<LineChart> charts = new ArrayList<>();
        charts.add(new LineChart(
                "Throughput by load",
                x,
                "output tokens/s",
                List.of(),
                List.of(line(
                        "output tokens/s", levels, level -> level.throughput().outputTokens()))));
        charts.add(latency(LatencyKind.TTFT, "Time to first token by load", x, levels));
        charts.add(latency(LatencyKind.ITL, "Inter-token latency by load", x, levels));
        if (levels.stream().anyMatch(level -> level.goodput().isPresent())) {
            charts.add(new LineChart(
                    "Goodput by load",
                    x,
                    "% of requests",
                    List.of(),
                    List.of(line(
                            "goodput",
                            levels,
                            level -> level.goodput()
                                    .map(goodput -> 100 * goodput.share())
                                    .orElse(Double.NaN)))));
        }
        return charts;
    }

    private static LineChart latency(LatencyKind kind, String title, String x, List<LevelResult> levels) {
        return new LineChart(
                title,
                x,
                "ms",
                List.of(),
                List.of(
                        line("p50", levels, level -> summary(level, kind).p50()),
                        line("p99", levels, level -> summary(level, kind).p99())));
    }

    private static LatencySummary summary(LevelResult level, LatencyKind kind) {
        return level.latencies().getOrDefault(kind, new LatencyRecorder().summary());
    }

    private static LineChart.Series line(String name, Timeline timeline, ToDoubleFunction<Timeline.Slice> value) {
        return new LineChart.Series(
                name,
                timeline.slices().stream()
                        .map(slice -> new LineChart.Point(slice.second(), value.applyAsDouble(slice)))
                        // Slices without a value would leave the points between them without a line.
                        .filter(point -> !Double.isNaN(point.y()))
                        .toList());
    }

    private static LineChart.Series line(String name, List<LevelResult> levels, ToDoubleFunction<LevelResult> value) {
        return new LineChart.Series(
                name,
                levels.stream()
                        .map(level -> new LineChart.Point(level.shape().level(), value.applyAsDouble(level)))
                        .toList());
    }
}
