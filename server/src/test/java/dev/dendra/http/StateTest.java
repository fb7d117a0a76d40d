// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.metrics.MetricNames;
import dev.dendra.metrics.ModelMetrics;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StateTest {
    private static final String STATE = "/v1/dendra/state";

    private final RunningServer server = new RunningServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void hasItsShapeBeforeAModelIsLoaded() throws Exception {
        HttpResponse<String> response = server.get(STATE);
        assertEquals(200, response.statusCode());
        assertEquals(
                "application/json",
                response.headers().firstValue("content-type").orElseThrow());
        assertEquals("no-store", response.headers().firstValue("cache-control").orElseThrow());
        ObjectNode state = (ObjectNode) json(response);
        assertTrue(state.remove("uptime_seconds").doubleValue() >= 0);
        assertEquals(json("""
                        {"object": "dendra.state", "version": null, "requests_running": 0, "requests_waiting": 0,
                         "model": {"id": "test-model", "context_length": 1000, "architecture": null, "quant": null,
                           "pattern": null, "weights": null},
                         "kernels": {"provider": null, "isa": null, "vector_bits": null, "threads": null,
                           "activations": null, "cpu": null, "passed_over": null},
                         "kv_cache": {"usage_ratio": 0.0, "blocks_used": null, "blocks": null, "block_tokens": null},
                         "rates": {"window_seconds": 2.0, "prefill_tokens_per_second": 0.0,
                           "decode_tokens_per_second": 0.0},
                         "recent_steps": [],
                         "totals": {"prompt_tokens": 0, "generated_tokens": 0, "steps": 0,
                           "requests_finished": {}}}
                        """), state);
        assertEquals(405, server.post(STATE, "{}").statusCode());
    }

    @Test
    void saysWhatRunsAndHowMuch() throws Exception {
        ModelMetrics model = server.metrics.model(RunningServer.MODEL);
        model.gauges(() -> 3, () -> 2, () -> 0.25);
        server.metrics.info(MetricNames.BUILD_INFO, Map.of("version", "9"));
        server.metrics.info(
                MetricNames.KV_CACHE_INFO, Map.of("model", RunningServer.MODEL, "blocks", "40", "block_tokens", "16"));
        server.metrics.info(
                MetricNames.KERNEL_INFO,
                Map.of(
                        "provider", "vector",
                        "isa", "avx2",
                        "vector_bits", "256",
                        "threads", "4",
                        "activations", "f32",
                        "passed_over", "native: no library"));
        model.step(7, 2, 0.1);
        model.step(0, 3, 0.1);
        model.firstToken(0.1);
        model.interToken(0.1);
        model.finished("length", 7, 2, 1);
        JsonNode state = json(server.get(STATE));
        assertEquals("9", state.path("version").textValue());
        assertEquals(3, state.path("requests_running").intValue());
        assertEquals(2, state.path("requests_waiting").intValue());
        assertEquals(
                json("{\"usage_ratio\":0.25,\"blocks_used\":10,\"blocks\":40,\"block_tokens\":16}"),
                state.path("kv_cache"));
        assertEquals(
                json("{\"provider\":\"vector\",\"isa\":\"avx2\",\"vector_bits\":256,\"threads\":4,"
                        + "\"activations\":\"f32\",\"cpu\":null,\"passed_over\":\"native: no library\"}"),
                state.path("kernels"));
        assertEquals(json("[{\"prompt\":7,\"decode\":2},{\"prompt\":0,\"decode\":3}]"), state.path("recent_steps"));
        assertEquals(
                json(
                        "{\"prompt_tokens\":7,\"generated_tokens\":2,\"steps\":2,"
                                + "\"requests_finished\":{\"cancelled\":0,\"constraint\":0,\"deadline\":0,\"error\":0,\"length\":1,\"stop\":0}}"),
                state.path("totals"));
    }
}
