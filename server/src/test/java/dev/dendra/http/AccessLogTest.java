// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.GenerationEvent.FinishReason;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** A line for each request, with what operators need and nothing that users wrote. */
class AccessLogTest {
    private static final Logger LOGGER = Logger.getLogger(AccessLog.LOGGER_NAME);

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Handler collector = new Handler() {
        @Override
        public void publish(LogRecord record) {
            lines.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        LOGGER.setUseParentHandlers(false);
        LOGGER.setLevel(Level.INFO);
        LOGGER.addHandler(collector);
    }

    @AfterEach
    void leave() {
        LOGGER.removeHandler(collector);
        LOGGER.setUseParentHandlers(true);
        LOGGER.setLevel(null);
    }

    @Test
    void tellsWhatARequestUsed() throws Exception {
        try (RunningServer server = server(AccessLogFormat.JSON)) {
            server.engine.script(generation -> generation.say("secret").finish(FinishReason.LENGTH));
            server.send("POST", "/v1/completions", "{\"prompt\":\"private\",\"n\":2}", "x-request-id", "my-\"id\"");
            JsonNode line = json(next());
            assertEquals("my-\"id\"", line.get("id").textValue());
            assertEquals("/v1/completions", line.get("route").textValue());
            assertEquals(RunningServer.MODEL, line.get("model").textValue());
            assertEquals(200, line.get("status").intValue());
            assertEquals(7, line.get("prompt_tokens").intValue());
            assertEquals(12, line.get("completion_tokens").intValue());
            assertEquals(0, line.get("queue_ms").doubleValue());
            assertTrue(
                    line.get("ttft_ms").doubleValue() <= line.get("duration_ms").doubleValue());
            assertEquals("length,length", line.get("finish_reason").textValue());
            assertFalse(line.toString().contains("private") || line.toString().contains("secret"));
        }
    }

    @Test
    void noClientForgesALine() throws Exception {
        try (RunningServer server = server(AccessLogFormat.LOGFMT)) {
            server.send("GET", "/private%0astatus=200?key=private", "", "x-request-id", "a=b\"c");
            String line = next();
            assertTrue(line.contains(" id=\"a=b\\\"c\" method=GET route=other status=404 duration_ms="), line);
            assertFalse(line.contains("private"), line);
        }
    }

    @ParameterizedTest
    @FieldSource("REFUSED")
    void whatTheWebServerRefusesIsNotedOnce(String request, String method, int status) throws Exception {
        try (RunningServer server = server(AccessLogFormat.JSON)) {
            try (Socket socket = server.connect(request)) {
                BufferedReader answer =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                assertTrue(answer.readLine().startsWith("HTTP/1.1 " + status + " "));
                JsonNode line = json(next());
                assertEquals(method, line.get("method").textValue());
                assertEquals("other", line.get("route").textValue());
                assertEquals(status, line.get("status").intValue());
                assertFalse(line.toString().contains("secret"), line.toString());
            }
            server.get("/health");
            assertEquals("/health", json(next()).get("route").textValue());
            server.awaitSample("dendra_http_requests_total{endpoint=\"other\",status=\"" + status + "\"} 1.0");
        }
    }

    static final List<Arguments> REFUSED = List.of(
            Arguments.of(
                    "POST /v1/completions?secret HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", "POST", 413),
            Arguments.of("GET /v1/models?secret\r\nHost: a\r\n\r\n", "GET", 400),
            Arguments.of("GET /secret%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET", 400),
            Arguments.of("GET /" + "secret".repeat(2000) + " HTTP/1.1\r\nHost: a\r\n\r\n", "other", 414),
            Arguments.of(
                    "GET /v1/models HTTP/1.1\r\nHost: a\r\na: " + "secret".repeat(10_000) + "\r\n\r\n", "GET", 400));

    private static RunningServer server(AccessLogFormat format) {
        PublicAccess open = PublicAccess.open();
        return new RunningServer(
                HttpServerOptions.defaults(),
                new PublicAccess(
                        open.keys(), open.tls(), open.origins(), open.maximumConnections(), Optional.of(format)),
                false);
    }

    private String next() throws InterruptedException {
        String line = lines.poll(RunningServer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("nothing was logged");
        }
        return line;
    }
}
