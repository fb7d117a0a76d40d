// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;
import java.util.Locale;

/** The findings as one page that needs nothing else: no scripts, no fonts, no pictures from elsewhere. */
final class HtmlReport {

    private static final String HEAD = """
            <!DOCTYPE html>
            <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <title>Load test</title>
            <style>
            :root { color-scheme: light dark; --text: #1b1f24; --back: #ffffff; --faint: #d5d9de; --bad: #b3261e;
              --c0: #1769aa; --c1: #b45309; --c2: #2e7d32; }
            @media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --back: #15181c; --faint: #3a4048;
              --bad: #ff8a80; --c0: #6cb6ff; --c1: #f0b36a; --c2: #81c784; } }
            body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
              max-width: 1200px; margin: 0 auto; padding: 1rem; }
            h1, h2, h3 { line-height: 1.2; }
            table { border-collapse: collapse; margin: .75rem 0; font-variant-numeric: tabular-nums; }
            th, td { padding: .2rem .7rem; border-bottom: 1px solid var(--faint); text-align: right; }
            th:first-child, td:first-child, .facts td, td.hint { text-align: left; }
            .scroll { overflow-x: auto; }
            .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
            .bad { color: var(--bad); font-weight: 600; }
            svg { width: 100%; height: auto; }
            svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
            svg .title { font-weight: 600; font-size: 14px; }
            svg .end { text-anchor: end; }
            svg .middle { text-anchor: middle; }
            svg .grid { stroke: var(--faint); fill: none; }
            svg .line { fill: none; stroke-width: 2; }
            svg .line.c0 { stroke: var(--c0); } svg .line.c1 { stroke: var(--c1); } svg .line.c2 { stroke: var(--c2); }
            svg .dot.c0 { fill: var(--c0); } svg .dot.c1 { fill: var(--c1); } svg .dot.c2 { fill: var(--c2); }
            </style>
            </head>
            <body>
            <h1>Load test</h1>
            """;

    private final StringBuilder html = new StringBuilder(HEAD);

    private HtmlReport() {}

    static String of(Findings findings) {
        HtmlReport report = new HtmlReport();
        report.facts(findings);
        report.sweep(findings);
        findings.levels().forEach(report::level);
        report.definitions();
        return report.html.append("</body>\n</html>\n").toString();
    }

    private void facts(Findings findings) {
        html.append("<table class=\"facts\">\n");
        findings.facts().forEach(fact -> row("td", List.of(fact.name(), fact.value())));
        findings.slo().ifPresent(slo -> row("td", List.of("objectives", slo.toString())));
        findings.knee()
                .ifPresent(result -> row(
                        "td",
                        List.of(
                                "knee",
                                result.knee()
                                        .map(rate -> number(rate) + " requests/s"
                                                + (result.isBounded() ? "" : " or more: no larger one failed")
                                                + "; the largest rate measured at which "
                                                + number(100 * findings.kneeShare())
                                                + " % of requests meet the objectives")
                                        .orElse("none"))));
        html.append("</table>\n");
    }

    private void sweep(Findings findings) {
        if (findings.levels().size() < 2) {
            return;
        }
        html.append("<h2>By load</h2>\n");
        startTable(List.of("load", "requests/s", "output tokens/s", "total tokens/s", "goodput, %", "errors", "valid"));
        for (LevelResult level : findings.levels()) {
            row(
                    "td",
                    List.of(
                            level.shape().label(),
                            number(level.throughput().requests()),
                            number(level.throughput().outputTokens()),
                            number(level.throughput().totalTokens()),
                            level.goodput()
                                    .map(goodput -> number(100 * goodput.share()))
                                    .orElse("-"),
                            Integer.toString(level.errors().values().stream()
                                    .mapToInt(Integer::intValue)
                                    .sum()),
                            level.isValid() ? "yes" : "no"));
        }
        endTable();
        charts(ReportCharts.sweep(findings.levels()));
    }

    private void level(LevelResult level) {
        html.append("<h2>").append(Xml.escape(level.shape().label())).append("</h2>\n");
        level.figures().stream()
                .filter(figures -> !figures.isValid())
                .flatMap(figures -> figures.rate().stream())
                .forEach(rate -> paragraph("bad", "Invalid: " + rate.failure()));
        if (level.rounds().size() > 1) {
            paragraph("", "Medians of " + level.rounds().size() + " rounds; the plots over time are of the first.");
        }
        throughput(level);
        startTable(List.of("latency, ms", "values", "mean", "p50", "p90", "p95", "p99", "max"));
        level.latencies()
                .forEach((kind, figures) -> row(
                        "td",
                        List.of(
                                kind.toString(),
                                Long.toString(figures.count()),
                                number(figures.mean()),
                                number(figures.p50()),
                                number(figures.p90()),
                                number(figures.p95()),
                                number(figures.p99()),
                                number(figures.max()))));
        endTable();
        level.errors().forEach((kind, count) -> paragraph("bad", "Errors: " + kind + ": " + count));
        charts(ReportCharts.latencies(level));
        charts(ReportCharts.timeline(level.figures().getFirst().timeline()));
        level.rounds().forEach(round -> round.server().ifPresent(this::server));
    }

    private void throughput(LevelResult level) {
        startTable(List.of(
                "",
                "requests",
                "completed",
                "seconds",
                "window, s",
                "output tokens/s",
                "total tokens/s",
                "requests/s",
                "goodput, %",
                "good requests/s"));
        for (int i = 0; i < level.rounds().size(); i++) {
            RunFigures figures = level.figures().get(i);
            SteadyWindow window = figures.window();
            row(
                    "td",
                    List.of(
                            "round " + (i + 1),
                            Integer.toString(figures.requests()),
                            Integer.toString(figures.completed()),
                            number(figures.wallSeconds()),
                            number(window.from() / 1e9) + " to " + number(window.to() / 1e9),
                            number(figures.throughput().outputTokens()),
                            number(figures.throughput().totalTokens()),
                            number(figures.throughput().requests()),
                            figures.goodput()
                                    .map(goodput -> number(100 * goodput.share()))
                                    .orElse("-"),
                            figures.goodput()
                                    .map(goodput -> number(goodput.rate()))
                                    .orElse("-")));
        }
        endTable();
        if (level.figures().stream().anyMatch(figures -> !figures.countedByServer())) {
            paragraph("", "Some tokens are counted as chunks: the server sends no usage.");
        }
    }

    private void server(ServerView view) {
        html.append("<h3>The server's view of the whole run</h3>\n");
        if (view.problem().isPresent()) {
            paragraph("", "None: " + view.problem().get());
            return;
        }
        startTable(List.of("", "client", "server", "difference, %", ""));
        for (ServerView.Row row : view.rows()) {
            row(
                    row.disagrees() ? "td class=\"bad\"" : "td",
                    List.of(
                            row.name(),
                            number(row.client()),
                            number(row.server()),
                            number(100 * row.difference()),
                            row.disagrees() ? row.hint() : ""));
        }
        endTable();
    }

    private void definitions() {
        html.append("<h2>Definitions</h2>\n<table class=\"facts\">\n");
        for (LatencyKind kind : LatencyKind.values()) {
            row("td", List.of(kind.toString(), kind.definition()));
        }
        row("td", List.of("window", SteadyWindow.DEFINITION));
        html.append("</table>\n");
    }

    private void charts(List<LineChart> charts) {
        html.append("<div class=\"charts\">\n");
        charts.forEach(chart -> html.append(chart.svg()));
        html.append("</div>\n");
    }

    private void startTable(List<String> headings) {
        html.append("<div class=\"scroll\"><table>\n");
        row("th", headings);
    }

    private void endTable() {
        html.append("</table></div>\n");
    }

    /** @param tag of the cells, perhaps with attributes */
    private void row(String tag, List<String> cells) {
        html.append("<tr>");
        String end = tag.split(" ", 2)[0];
        cells.forEach(cell -> html.append('<')
                .append(tag)
                .append('>')
                .append(Xml.escape(cell))
                .append("</")
                .append(end)
                .append('>'));
        html.append("</tr>\n");
    }

    private void paragraph(String style, String text) {
        html.append(style.isEmpty() ? "<p>" : "<p class=\"" + style + "\">")
                .append(Xml.escape(text))
                .append("</p>\n");
    }

    private static String number(double value) {
        if (!Double.isFinite(value)) {
            return "-";
        }
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%.0f" : size >= 1 ? "%.2f" : "%.4f", value);
    }
}
