// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.FinishReason;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminTest {
    private final RunningServer server = new RunningServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void isReadyWhenTheSupplierSaysSo() throws Exception {
        assertEquals(200, server.getAdmin("/health/ready").statusCode());
        assertEquals(200, server.get("/health").statusCode());
        server.ready.set(false);
        assertEquals(503, server.getAdmin("/health/ready").statusCode());
        assertEquals(503, server.get("/health").statusCode());
        assertEquals(200, server.getAdmin("/health/live").statusCode());
    }

    @Test
    void listsTheModelEvenBeforeItIsReady() throws Exception {
        server.ready.set(false);
        String model = "{\"id\":\"test-model\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"dendra\","
                + "\"max_model_len\":1000}";
        assertEquals(json("{\"object\":\"list\",\"data\":[" + model + "]}"), json(server.get("/v1/models")));
        assertEquals(json(model), json(server.get("/v1/models/test-model")));
    }

    @Test
    void countsRequestsByEndpointAndStatus() throws Exception {
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        server.post("/v1/completions", "{\"prompt\":\"a\"}");
        server.post("/v1/completions", "{}");
        server.get("/v1/models/" + "x".repeat(100));
        server.get("/nowhere/" + "y".repeat(100));
        for (String labels : new String[] {
            "endpoint=\"/v1/completions\",status=\"200\"",
            "endpoint=\"/v1/completions\",status=\"400\"",
            "endpoint=\"/v1/models/{id}\",status=\"404\"",
            "endpoint=\"other\",status=\"404\""
        }) {
            server.awaitSample("dendra_http_requests_total{" + labels + "} 1.0");
        }
    }

    @Test
    void negotiatesTheFormatOfMetrics() throws Exception {
        HttpResponse<String> plain = server.getAdmin("/metrics");
        assertTrue(plain.headers().firstValue("content-type").orElseThrow().startsWith("text/plain; version=0.0.4"));
        HttpResponse<String> open =
                server.getAdmin("/metrics", "Accept", "application/openmetrics-text; version=1.0.0,*/*;q=0.1");
        assertTrue(open.headers()
                .firstValue("content-type")
                .orElseThrow()
                .startsWith("application/openmetrics-text; version=1.0.0"));
        assertTrue(open.body().endsWith("# EOF\n"));
    }

    @Test
    void routersHaveAPageOfTheirOwn() throws Exception {
        server.metrics.model(RunningServer.MODEL).gauges(() -> 3, () -> 2, () -> 0.5);
        HttpResponse<String> page = server.getAdmin("/metrics/router");
        assertEquals(200, page.statusCode());
        assertTrue(page.headers().firstValue("content-type").orElseThrow().startsWith("text/plain; version=0.0.4"));
        assertTrue(page.body().contains("\ndendra_requests_waiting{model=\"test-model\"} 2.0\n"), page.body());
        assertTrue(page.body().lines().count() < 12, page.body());
    }

    @Test
    void keysOpenMetricsAndHealthNeedsNone(@TempDir Path folder) throws Exception {
        String key = ApiKeys.random();
        Path file = Files.writeString(folder.resolve("keys"), "prometheus:" + ApiKeys.hash(key));
        PublicAccess open = PublicAccess.open();
        try (RunningServer closed = new RunningServer(
                HttpServerOptions.defaults(),
                new PublicAccess(
                        open.keys(),
                        Optional.of(ApiKeyFile.open(file)),
                        open.tls(),
                        open.origins(),
                        open.maximumConnections(),
                        open.accessLog(),
                        open.tracer()),
                false)) {
            for (String path : new String[] {
                "/metrics", "/metrics/router", "//metrics", "/metrics/", "/%6detrics", "/health", "/", "/x"
            }) {
                HttpResponse<String> refused = closed.getAdmin(path);
                assertEquals(401, refused.statusCode(), path);
                assertEquals(
                        "missing_api_key",
                        json(refused).get("error").get("code").textValue());
            }
            assertEquals(
                    401,
                    closed.getAdmin("/metrics", "Authorization", "Bearer " + ApiKeys.random())
                            .statusCode());
            assertEquals(
                    200,
                    closed.getAdmin("/metrics", "Authorization", "Bearer " + key)
                            .statusCode());
            assertEquals(200, closed.getAdmin("/health/live").statusCode());
            assertEquals(200, closed.getAdmin("/health/ready").statusCode());
            assertEquals(200, closed.get("/v1/models").statusCode(), "the public socket has keys of its own");
        }
    }
}
