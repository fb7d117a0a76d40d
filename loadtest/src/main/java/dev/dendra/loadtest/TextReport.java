// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The findings as tables for people. */
final class TextReport {

    private final StringBuilder text = new StringBuilder();

    private TextReport() {}

    static String of(Findings findings) {
        TextReport report = new TextReport();
        findings.facts().forEach(fact -> report.line("%-10s%s", fact.name(), fact.value()));
        for (LevelResult level : findings.levels()) {
            report.line("");
            report.level(level, findings.slo());
        }
        if (findings.levels().size() > 1) {
            report.line("");
            report.sweep(findings.levels());
        }
        findings.knee().ifPresent(knee -> report.knee(knee, findings));
        report.definitions();
        return report.text.toString();
    }

    private void level(LevelResult level, Optional<Slo> slo) {
        line("%s", level.shape().label());
        for (Round round : level.rounds()) {
            round(round.figures());
        }
        Throughput throughput = level.throughput();
        line(
                "%.1f output tokens/s, %.1f total tokens/s, %.2f requests/s%s",
                throughput.outputTokens(),
                throughput.totalTokens(),
                throughput.requests(),
                level.rounds().size() > 1
                        ? "; this and the table: medians of " + level.rounds().size() + " rounds"
                        : "");
        level.goodput()
                .ifPresent(goodput -> line(
                        "goodput: %.1f %% of requests, %.2f requests/s meet %s",
                        100 * goodput.share(),
                        goodput.rate(),
                        slo.map(Slo::toString).orElse("")));
        line("");
        line("%-8s%10s%10s%10s%10s%10s%10s", "ms", "mean", "p50", "p90", "p95", "p99", "max");
        level.latencies().forEach(this::latency);
        level.errors().forEach((kind, count) -> line("error: %s: %d", kind, count));
        for (Round round : level.rounds()) {
            if (!round.figures().isValid()) {
                round.figures().rate().ifPresent(rate -> line("INVALID: %s", rate.failure()));
            }
            round.server().ifPresent(this::server);
        }
    }

    private void round(RunFigures figures) {
        line(
                "%d requests, %d completed in %.2f s; tokens: %d prompt%s, %d output%s",
                figures.requests(),
                figures.completed(),
                figures.wallSeconds(),
                figures.promptTokens(),
                figures.cachedTokens() > 0 ? " (" + figures.cachedTokens() + " cached)" : "",
                figures.outputTokens(),
                figures.countedByServer() ? "" : " (some counted as chunks: the server sends no usage)");
        SteadyWindow window = figures.window();
        if (window.isWholeRun()) {
            line("window: the whole run, which is too short for a steady part");
        } else {
            line("window: %.2f s to %.2f s", window.from() / 1e9, window.to() / 1e9);
        }
        figures.rate()
                .filter(rate -> Double.isFinite(rate.offered()))
                .ifPresent(rate -> line("sent at %.2f/s of the offered %.2f/s", rate.achieved(), rate.offered()));
    }

    private void latency(LatencyKind kind, LatencySummary figures) {
        if (figures.count() == 0) {
            line("%-8s%10s", kind, "none");
            return;
        }
        line(
                "%-8s%10.2f%10.2f%10.2f%10.2f%10.2f%10.2f",
                kind, figures.mean(), figures.p50(), figures.p90(), figures.p95(), figures.p99(), figures.max());
    }

    private void server(ServerView view) {
        line("");
        if (view.problem().isPresent()) {
            line("server's view: none, %s", view.problem().get());
            return;
        }
        line("%-16s%14s%14s%9s   whole run, times from the actual sending", "", "client", "server", "differ");
        for (ServerView.Row row : view.rows()) {
            line(
                    "%-16s%14.4f%14.4f%8.1f%%%s",
                    row.name(),
                    row.client(),
                    row.server(),
                    100 * row.difference(),
                    row.disagrees() ? "   ! " + row.hint() : "");
        }
    }

    private void sweep(List<LevelResult> levels) {
        line(
                "%10s%10s%12s%11s%11s%11s%11s%9s%8s",
                "load", "req/s", "output t/s", "TTFT p50", "TTFT p99", "ITL p50", "ITL p99", "goodput", "errors");
        for (LevelResult level : levels) {
            Map<LatencyKind, LatencySummary> latencies = level.latencies();
            LatencySummary first = latencies.getOrDefault(LatencyKind.TTFT, new LatencyRecorder().summary());
            LatencySummary gap = latencies.getOrDefault(LatencyKind.ITL, new LatencyRecorder().summary());
            line(
                    "%10.2f%10.2f%12.1f%11.2f%11.2f%11.2f%11.2f%9s%8d%s",
                    level.shape().level(),
                    level.throughput().requests(),
                    level.throughput().outputTokens(),
                    first.p50(),
                    first.p99(),
                    gap.p50(),
                    gap.p99(),
                    level.goodput()
                            .map(goodput -> String.format(Locale.ROOT, "%.1f %%", 100 * goodput.share()))
                            .orElse("-"),
                    level.errors().values().stream().mapToInt(Integer::intValue).sum(),
                    level.isValid() ? "" : "  INVALID");
        }
    }

    private void knee(KneeSearch.Result result, Findings findings) {
        line("");
        if (result.knee().isEmpty()) {
            line(
                    "knee: none, less than %.0f %% of requests meet %s at the lowest rate",
                    100 * findings.kneeShare(),
                    findings.slo().map(Slo::toString).orElse(""));
            return;
        }
        double knee = result.knee().get();
        line(
                "knee: %.2f requests/s, the largest rate measured at which %.0f %% of requests meet %s%s",
                knee,
                100 * findings.kneeShare(),
                findings.slo().map(Slo::toString).orElse(""),
                result.isBounded() ? "" : "; no larger one failed, so it may lie higher");
        line("70 %% of the knee: --rate %.2f", 0.7 * knee);
    }

    private void definitions() {
        line("");
        for (LatencyKind kind : LatencyKind.values()) {
            line("%-6s%s", kind, kind.definition());
        }
        line("%s", SteadyWindow.DEFINITION);
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency of its own
    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
