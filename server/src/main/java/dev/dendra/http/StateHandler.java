// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.metrics.EngineActivity;
import dev.dendra.metrics.MetricNames;
import dev.dendra.metrics.ServerMetrics;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/dendra/state}: what the server is made of and what it is doing, for people and for the page. */
final class StateHandler implements Handler {
    private final ServedModels models;
    private final ServerMetrics metrics;
    private final long startNanos = System.nanoTime();

    StateHandler(ServedModels models, ServerMetrics metrics) {
        this.models = models;
        this.metrics = metrics;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        ServedModel model = models.named(request.query().first("model").orElse(null));
        response.header(HeaderNames.CONTENT_TYPE, MediaTypes.JSON);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        response.send(Json.write(describe(model, metrics.activity(model.id()))));
    }

    private ObjectNode describe(ServedModel model, EngineActivity activity) {
        ObjectNode state = Json.object()
                .put("object", "dendra.state")
                .put("version", metrics.facts(MetricNames.BUILD_INFO).get("version"))
                .put(
                        "uptime_seconds",
                        Duration.ofNanos(System.nanoTime() - startNanos).toMillis() * 1e-3)
                .put("requests_running", (long) activity.running())
                .put("requests_waiting", (long) activity.waiting());
        state.set("model", model(model));
        state.set("kernels", kernels());
        state.set("kv_cache", kvCache(model, activity.kvCacheUsage()));
        state.set("rates", rates(activity.rates()));
        ArrayNode steps = state.putArray("recent_steps");
        activity.recent()
                .forEach(step -> steps.addObject().put("prompt", step.prompt()).put("decode", step.decode()));
        state.set("totals", totals(activity));
        return state;
    }

    private ObjectNode model(ServedModel model) {
        Map<String, String> facts = metrics.facts(MetricNames.MODEL_INFO, model.id());
        return Json.object()
                .put("id", model.id())
                .put("context_length", model.contextLength())
                .put("architecture", facts.get("architecture"))
                .put("quant", facts.get("quant"))
                .put("pattern", facts.get("pattern"))
                .put("weights", facts.get("weights"));
    }

    /** All of it null until the model is loaded. */
    private ObjectNode kernels() {
        Map<String, String> facts = metrics.facts(MetricNames.KERNEL_INFO);
        ObjectNode kernels = Json.object()
                .put("provider", facts.get("provider"))
                .put("isa", facts.get("isa"))
                .put("vector_bits", number(facts, "vector_bits"))
                .put("threads", number(facts, "threads"))
                .put("activations", facts.get("activations"))
                .put("cpu", metrics.facts(MetricNames.CPU_INFO).get("cpu_model"));
        String passedOver = facts.getOrDefault("passed_over", "");
        return kernels.put("passed_over", passedOver.isEmpty() ? null : passedOver);
    }

    private ObjectNode kvCache(ServedModel model, double usage) {
        Map<String, String> facts = metrics.facts(MetricNames.KV_CACHE_INFO, model.id());
        Integer blocks = number(facts, "blocks");
        return Json.object()
                .put("usage_ratio", usage)
                .put("blocks_used", blocks == null ? null : Integer.valueOf((int) Math.round(usage * blocks)))
                .put("blocks", blocks)
                .put("block_tokens", number(facts, "block_tokens"));
    }

    private static ObjectNode rates(EngineActivity.Rates rates) {
        return Json.object()
                .put("window_seconds", rates.window().toMillis() * 1e-3)
                .put("prefill_tokens_per_second", rates.prefill())
                .put("decode_tokens_per_second", rates.decode());
    }

    private static ObjectNode totals(EngineActivity activity) {
        ObjectNode totals = Json.object()
                .put("prompt_tokens", activity.promptTokens())
                .put("generated_tokens", activity.generatedTokens())
                .put("steps", activity.steps());
        ObjectNode requests = totals.putObject("requests_finished");
        activity.finished().forEach(requests::put);
        return totals;
    }

    private static @Nullable Integer number(Map<String, String> facts, String name) {
        String value = facts.get(name);
        return value == null ? null : Integer.valueOf(value);
    }
}
