// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class LoadTestTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String GOOD_STREAM = """
            : ping

            data: {"choices":[{"index":0,"text":""}]}

            data: {"choices":[{"index":0,"text":"Once"}]}

            data: {"choices":[{"index":0,"text":" upon"}],"usage":null}

            data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}

            data: [DONE]

            """;

    private final List<JsonNode> bodies = Collections.synchronizedList(new ArrayList<>());
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private ExecutorService threads;
    private HttpServer server;

    @BeforeEach
    void startServer() throws IOException {
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/v1/models", exchange -> {
            byte[] body = "{\"data\":[{\"id\":\"first\"},{\"id\":\"second\"}]}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
        threads.close();
    }

    @Test
    void reportsWhatTheServerCounted() throws IOException {
        completions(exchange -> stream(exchange, GOOD_STREAM));

        assertEquals(0, run("--requests", "6", "--concurrency", "2", "--warmup", "1", "--json"), err.toString());

        JsonNode report = JSON.readTree(out.toString());
        assertEquals("first", report.get("model").asText());
        assertEquals(6, report.get("completed").asInt());
        assertEquals(30, report.get("prompt_tokens").asInt());
        assertEquals(12, report.get("completion_tokens").asInt());
        assertTrue(
                report.at("/ttft_ms/p50").asDouble() <= report.at("/e2e_ms/max").asDouble());
        assertEquals(7, bodies.size(), "six requests and one to warm up");
    }

    @Test
    void requestsAreStreamingCompletionsWithUsageAndDifferentPrompts() throws IOException {
        completions(exchange -> stream(exchange, GOOD_STREAM));

        run("--requests", "3", "--warmup", "0", "--max-tokens", "9", "--prompt-tokens", "20", "--model", "second");

        for (JsonNode body : bodies) {
            assertEquals("second", body.get("model").asText());
            assertEquals(9, body.get("max_tokens").asInt());
            assertTrue(body.get("stream").asBoolean());
            assertTrue(body.at("/stream_options/include_usage").asBoolean());
            assertEquals(20, body.get("prompt").asText().split(" ", -1).length);
        }
        assertEquals(
                3,
                new HashSet<>(bodies.stream()
                                .map(body -> body.get("prompt").asText())
                                .toList())
                        .size());
    }

    @Test
    void aGivenPromptIsSentAsItIs() throws IOException {
        completions(exchange -> stream(exchange, GOOD_STREAM));

        run("--requests", "1", "--warmup", "0", "--prompt", "Tell me \"why\"");

        assertEquals("Tell me \"why\"", bodies.getFirst().get("prompt").asText());
    }

    @Test
    void keepsExactlyTheGivenNumberOfRequestsInFlight() throws IOException {
        // Nobody passes the barrier unless three requests are there together.
        CyclicBarrier together = new CyclicBarrier(3);
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        completions(exchange -> {
            most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
            try {
                together.await(30, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new IOException(e);
            }
            inFlight.decrementAndGet();
            stream(exchange, GOOD_STREAM);
        });

        assertEquals(0, run("--requests", "9", "--concurrency", "3", "--warmup", "0"), out.toString());

        assertEquals(3, most.get());
    }

    @Test
    void errorsAreCountedByStatusAndFailTheRun() throws IOException {
        AtomicInteger count = new AtomicInteger();
        completions(exchange -> {
            if (count.getAndIncrement() % 2 == 0) {
                stream(exchange, GOOD_STREAM);
            } else {
                exchange.sendResponseHeaders(429, -1);
                exchange.close();
            }
        });

        assertEquals(1, run("--requests", "4", "--concurrency", "1", "--warmup", "0", "--json"));

        JsonNode report = JSON.readTree(out.toString());
        assertEquals(2, report.get("completed").asInt());
        assertEquals(2, report.at("/errors/HTTP 429").asInt());
    }

    @Test
    void brokenStreamsAreErrors() throws IOException {
        List<String> streams = List.of(
                GOOD_STREAM.replace("data: [DONE]", ": end"),
                "data: {\"error\":{\"message\":\"out of blocks\"}}\n\n",
                "data: [DONE]\n\n",
                "data: {\"choices\n\n");
        AtomicInteger count = new AtomicInteger();
        completions(exchange -> stream(exchange, streams.get(count.getAndIncrement())));

        assertEquals(1, run("--requests", "4", "--concurrency", "1", "--warmup", "0"));

        for (String reason : List.of("stream without [DONE]", "error event", "no usage", "malformed event")) {
            assertTrue(out.toString().contains(reason), out.toString());
        }
    }

    @Test
    void aServerThatIsNotThereIsOneClearError() {
        server.stop(0);

        assertEquals(1, run("--requests", "1"));

        assertTrue(err.toString().contains("cannot use http://"), err.toString());
        assertFalse(err.toString().contains("\tat "), err.toString());
    }

    @Test
    void usageErrorsExitWith2() {
        assertEquals(2, run("--concurrency", "0"));
        assertTrue(err.toString().contains("--concurrency must be at least 1"), err.toString());
        assertEquals(2, run("--nonsense"));
        assertEquals(2, LoadTest.commandLine().setErr(new PrintWriter(err)).execute("--url", "localhost"));
    }

    private void completions(HttpHandler answer) {
        server.createContext("/v1/completions", exchange -> {
            bodies.add(JSON.readTree(exchange.getRequestBody().readAllBytes()));
            answer.handle(exchange);
        });
    }

    private static void stream(HttpExchange exchange, String events) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(events.getBytes(StandardCharsets.UTF_8));
        }
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(
                "--url",
                "http://" + server.getAddress().getHostString() + ":"
                        + server.getAddress().getPort()));
        all.addAll(List.of(arguments));
        CommandLine command =
                LoadTest.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return command.execute(all.toArray(new String[0]));
    }
}
