// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;

/** The findings as one JSON object; latencies in milliseconds, null where nothing was measured. */
final class JsonReport {

    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonReport() {}

    static String of(Findings findings) {
        ObjectNode json = JSON.createObjectNode();
        ObjectNode facts = json.putObject("setup");
        findings.facts().forEach(fact -> facts.put(fact.name(), fact.value()));
        findings.slo().ifPresent(slo -> {
            ObjectNode limits = json.putObject("slo_ms");
            slo.limits().forEach((kind, limit) -> limits.put(name(kind), limit.toNanos() / 1e6));
        });
        ArrayNode levels = json.putArray("levels");
        findings.levels().forEach(level -> level(levels.addObject(), level));
        findings.knee().ifPresent(result -> {
            ObjectNode knee = json.putObject("knee");
            knee.put("rate", result.knee().orElse(null));
            knee.put("share", findings.kneeShare()).put("bounded", result.isBounded());
        });
        ObjectNode definitions = json.putObject("definitions");
        for (LatencyKind kind : LatencyKind.values()) {
            definitions.put(name(kind) + "_ms", kind.definition());
        }
        definitions.put("window", SteadyWindow.DEFINITION);
        return json.toPrettyString();
    }

    private static void level(ObjectNode json, LevelResult level) {
        json.put("load", level.shape().label());
        number(json, "level", level.shape().level());
        json.put("valid", level.isValid());
        ObjectNode median = json.putObject("median");
        throughput(median, level.throughput());
        latencies(median, level.latencies());
        level.goodput().ifPresent(goodput -> goodput(median, goodput));
        counts(json.putObject("errors"), level.errors());
        ArrayNode rounds = json.putArray("rounds");
        level.rounds().forEach(round -> round(rounds.addObject(), round));
    }

    private static void round(ObjectNode json, Round round) {
        RunFigures figures = round.figures();
        json.put("seed", round.seed()).put("valid", figures.isValid());
        json.put("requests", figures.requests()).put("completed", figures.completed());
        counts(json.putObject("errors"), figures.errors());
        json.put("wall_seconds", figures.wallSeconds());
        json.put("prompt_tokens", figures.promptTokens()).put("cached_tokens", figures.cachedTokens());
        json.put("completion_tokens", figures.outputTokens());
        json.put("tokens_counted_by", figures.countedByServer() ? "usage" : "chunks");
        json.putObject("window")
                .put("from_seconds", figures.window().from() / 1e9)
                .put("to_seconds", figures.window().to() / 1e9)
                .put("whole_run", figures.window().isWholeRun());
        figures.rate().ifPresent(rate -> {
            ObjectNode rates = json.putObject("sending_rate");
            number(rates, "offered", rate.offered());
            number(rates, "achieved", rate.achieved());
        });
        throughput(json, figures.throughput());
        latencies(json, figures.latencies());
        figures.goodput().ifPresent(goodput -> goodput(json, goodput));
        round.server().ifPresent(view -> server(json.putObject("server"), view));
        timeline(json.putObject("timeline"), figures.timeline());
    }

    private static void throughput(ObjectNode json, Throughput throughput) {
        number(json, "tokens_per_second", throughput.outputTokens());
        number(json, "total_tokens_per_second", throughput.totalTokens());
        number(json, "requests_per_second", throughput.requests());
    }

    private static void latencies(ObjectNode json, Map<LatencyKind, LatencySummary> latencies) {
        latencies.forEach((kind, summary) -> {
            if (summary.count() == 0) {
                json.putNull(name(kind) + "_ms");
                return;
            }
            ObjectNode figures = json.putObject(name(kind) + "_ms");
            figures.put("count", summary.count()).put("mean", summary.mean());
            figures.put("p50", summary.p50()).put("p90", summary.p90()).put("p95", summary.p95());
            figures.put("p99", summary.p99()).put("max", summary.max());
        });
    }

    private static void goodput(ObjectNode json, Goodput goodput) {
        ObjectNode figures = json.putObject("goodput");
        number(figures, "share", goodput.share());
        number(figures, "requests_per_second", goodput.rate());
    }

    private static void server(ObjectNode json, ServerView view) {
        view.problem().ifPresent(problem -> json.put("problem", problem));
        ArrayNode rows = json.putArray("figures");
        for (ServerView.Row row : view.rows()) {
            ObjectNode figure = rows.addObject().put("name", row.name());
            number(figure, "client", row.client());
            number(figure, "server", row.server());
            number(figure, "difference", row.difference());
            figure.put("disagrees", row.disagrees());
        }
    }

    private static void timeline(ObjectNode json, Timeline timeline) {
        json.put("step_seconds", timeline.stepSeconds());
        ArrayNode tokens = json.putArray("tokens_per_second");
        ArrayNode inFlight = json.putArray("in_flight");
        for (Timeline.Slice slice : timeline.slices()) {
            tokens.add(slice.outputTokens());
            inFlight.add(slice.inFlight());
        }
    }

    private static void counts(ObjectNode json, Map<String, Integer> counts) {
        counts.forEach(json::put);
    }

    /** JSON has no NaN and no infinity. */
    private static void number(ObjectNode json, String name, double value) {
        if (Double.isFinite(value)) {
            json.put(name, value);
        } else {
            json.putNull(name);
        }
    }

    private static String name(LatencyKind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
