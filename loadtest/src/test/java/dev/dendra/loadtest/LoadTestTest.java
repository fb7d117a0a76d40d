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
import java.io.StringReader;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;
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

        assertEquals(0, run("--requests", "6", "--concurrency", "2", "--warmup", "1", "--json", "-"), err.toString());

        JsonNode report = JSON.readTree(out.toString());
        JsonNode round = report.at("/levels/0/rounds/0");
        assertEquals("first", report.at("/setup/model").asText());
        assertEquals(6, round.get("completed").asInt());
        assertEquals(30, round.get("prompt_tokens").asInt());
        assertEquals(12, round.get("completion_tokens").asInt());
        assertEquals("usage", round.get("tokens_counted_by").asText());
        assertTrue(
                round.at("/ttft_ms/p50").asDouble() <= round.at("/e2e_ms/max").asDouble());
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
            assertTrue(body.get("ignore_eos").asBoolean());
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

        assertEquals(1, run("--requests", "4", "--concurrency", "1", "--warmup", "0", "--json", "-"));

        JsonNode round = JSON.readTree(out.toString()).at("/levels/0/rounds/0");
        assertEquals(2, round.get("completed").asInt());
        assertEquals(2, round.at("/errors/HTTP 429").asInt());
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

        for (String reason : List.of("stream broken off", "error event", "empty stream", "malformed event")) {
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
        assertTrue(err.toString().contains("--concurrency must be from 1"), err.toString());
        assertEquals(2, run("--rate", "2", "--concurrency", "2"));
        assertTrue(err.toString().contains("exclude each other"), err.toString());
        assertEquals(2, run("--html", "/no/such/folder/report.html"));
        assertTrue(err.toString().contains("cannot write to /no/such/folder/report.html"), err.toString());
        assertEquals(2, run("--body", "[1]"));
        assertEquals(2, run("--slo", "speed=1"));
        assertEquals(2, run("--nonsense"));
        assertEquals(2, LoadTest.commandLine().setErr(new PrintWriter(err)).execute("--url", "localhost"));
    }

    @Test
    void furtherFieldsOfTheBodyWin() throws IOException {
        completions(exchange -> stream(exchange, GOOD_STREAM));

        run("--requests", "1", "--warmup", "0", "--no-ignore-eos", "--body", "{\"temperature\":0.5,\"top_k\":3}");

        assertEquals(0.5, bodies.getFirst().get("temperature").asDouble());
        assertEquals(3, bodies.getFirst().get("top_k").asInt());
        assertFalse(bodies.getFirst().has("ignore_eos"));
    }

    @Test
    void chatsWithServersThatSendNoUsageAndNoEnd() throws IOException {
        String chat = """
                data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

                data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}

                data: {"choices":[{"index":0,"delta":{"reasoning_content":"so"},"finish_reason":null}]}

                data: {"choices":[{"index":0,"delta":{"content":"!"},"finish_reason":null}]}

                data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

                """;
        server.createContext("/v1/chat/completions", exchange -> {
            bodies.add(JSON.readTree(exchange.getRequestBody().readAllBytes()));
            stream(exchange, chat);
        });

        assertEquals(0, run("--endpoint", "chat", "--requests", "2", "--warmup", "0", "--json", "-"), err.toString());

        JsonNode round = JSON.readTree(out.toString()).at("/levels/0/rounds/0");
        assertEquals(6, round.get("completion_tokens").asInt(), "three chunks with text in each");
        assertEquals("chunks", round.get("tokens_counted_by").asText());
        assertEquals("user", bodies.getFirst().at("/messages/0/role").asText());
    }

    @Test
    void promptsHaveTheLengthThatTheServersTokenizerCounts() throws IOException {
        // A tokenizer that begins each text with two tokens of its own and splits "this" in two.
        server.createContext("/tokenize", exchange -> {
            String text = JSON.readTree(exchange.getRequestBody().readAllBytes())
                    .get("prompt")
                    .asText();
            int count = 2;
            for (String word : text.split(" ", -1)) {
                count += word.equals("this") ? 2 : 1;
            }
            byte[] body = ("{\"count\":" + count + "}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        completions(exchange -> stream(exchange, GOOD_STREAM));

        run("--requests", "8", "--warmup", "0", "--prompt-tokens", "50");

        assertTrue(out.toString().contains("counted by the server's /tokenize"), out.toString());
        for (JsonNode body : bodies) {
            List<String> words = List.of(body.get("prompt").asText().split(" ", -1));
            assertEquals(48, words.size());
            assertFalse(words.contains("this"));
        }
    }

    @Test
    void withoutATokenizerLengthsAreCalledEstimates() throws IOException {
        completions(exchange -> stream(exchange, GOOD_STREAM));

        run("--requests", "1", "--warmup", "0");

        assertTrue(
                out.toString().contains("estimated as one token a word (/tokenize answers HTTP 404)"), out.toString());
    }

    @Test
    void theServersOwnCountsStandBesideTheClients() throws IOException {
        AtomicInteger answered = new AtomicInteger();
        completions(exchange -> {
            answered.incrementAndGet();
            stream(exchange, GOOD_STREAM);
        });
        server.createContext("/metrics", exchange -> {
            String page = "# HELP x\ndendra_requests_finished_total{reason=\"stop\"} " + answered
                    + "\ndendra_generation_tokens_total " + 3 * answered.get() + "\n";
            byte[] body = page.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });

        run("--requests", "5", "--warmup", "2", "--json", "-", "--metrics-url", url() + "/metrics");

        JsonNode figures = JSON.readTree(out.toString()).at("/levels/0/rounds/0/server/figures");
        assertEquals("requests", figures.at("/0/name").asText());
        assertEquals(5, figures.at("/0/server").asInt(), "without those that warmed up");
        assertFalse(figures.at("/0/disagrees").asBoolean());
        assertEquals(15, figures.at("/1/server").asInt());
        assertEquals(10, figures.at("/1/client").asInt());
        assertTrue(figures.at("/1/disagrees").asBoolean());
    }

    @Test
    void sweepsRunEachLoadInTurn() throws IOException {
        completions(exchange -> stream(exchange, GOOD_STREAM));

        assertEquals(
                0,
                run("--sweep", "concurrency=1,2", "--requests", "4", "--rounds", "2", "--warmup", "0", "--json", "-"),
                err.toString());

        JsonNode levels = JSON.readTree(out.toString()).get("levels");
        assertEquals(2, levels.size());
        assertEquals(2, levels.at("/1/level").asInt());
        assertEquals(2, levels.at("/1/rounds").size());
        assertEquals(16, bodies.size());
        assertEquals(
                16,
                bodies.stream()
                        .map(body -> body.get("prompt").asText())
                        .distinct()
                        .count(),
                "no prompt twice, or a prefix cache would answer");
    }

    @Test
    void anOpenLoopSaysHowItKeptToItsSchedule(@TempDir Path folder) throws Exception {
        completions(exchange -> stream(exchange, GOOD_STREAM));
        Path html = folder.resolve("report.html");

        int code = run(
                "--rate",
                "200",
                "--arrivals",
                "constant",
                "--requests",
                "20",
                "--warmup",
                "3",
                "--slo",
                "ttft=1h",
                "--json",
                "-",
                "--html",
                html.toString());

        JsonNode round = JSON.readTree(out.toString()).at("/levels/0/rounds/0");
        // The last is due after 19 gaps of 5 ms.
        assertEquals(20 / 0.095, round.at("/sending_rate/offered").asDouble(), 1e-6);
        assertEquals(round.get("valid").asBoolean() ? 0 : 3, code, "a busy machine may really be too slow");
        assertEquals(1, round.at("/goodput/share").asDouble());
        String page = Files.readString(html);
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(page)));
        assertTrue(page.contains("TTFT by percentile"), page);
        assertFalse(page.contains("<script"), page);
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
        List<String> all = new ArrayList<>(List.of("--url", url()));
        all.addAll(List.of(arguments));
        CommandLine command =
                LoadTest.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return command.execute(all.toArray(new String[0]));
    }

    private String url() {
        return "http://" + server.getAddress().getHostString() + ":"
                + server.getAddress().getPort();
    }
}
