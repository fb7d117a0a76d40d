// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static dev.dendra.http.RunningServer.reader;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.tokenizer.ByteTokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompletionStreamTest {
    private static final String PATH = "/v1/completions";

    /** Longer than any test, so that comments appear only where a test wants them. */
    private static final Duration NEVER = Duration.ofHours(1);

    private final RunningServer server =
            new RunningServer(HttpServerOptions.defaults().withTimes(NEVER, NEVER, Duration.ofSeconds(5)), false);

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void sendsExactlyTheseBytes() throws Exception {
        server.engine.script(
                generation -> generation.say("hé").token(ByteTokenizer.END).finish(FinishReason.STOP));
        HttpResponse<String> response = server.post(PATH, "{\"prompt\":\"a\",\"stream\":true}");
        assertEquals(200, response.statusCode());
        assertEquals(
                "text/event-stream; charset=utf-8",
                response.headers().firstValue("content-type").orElseThrow());
        String chunk = "data: {\"id\":\"ID\",\"object\":\"text_completion\",\"created\":0,\"model\":\"test-model\","
                + "\"choices\":[{\"index\":0,\"text\":\"%s\",\"logprobs\":null,\"finish_reason\":%s}]}\n\n";
        assertEquals(
                chunk.formatted("h", null)
                        + chunk.formatted("é", null)
                        + chunk.formatted("", "\"stop\"")
                        + "data: [DONE]\n\n",
                response.body().replaceAll("cmpl-[0-9a-f]{32}", "ID").replaceAll("\"created\":\\d+", "\"created\":0"));
    }

    @Test
    void carriesOneIdOnAllChunks() throws Exception {
        server.engine.script(generation -> generation.say("abc").finish(FinishReason.LENGTH));
        List<JsonNode> chunks =
                chunks(server.post(PATH, "{\"prompt\":\"a\",\"stream\":true}").body());
        assertEquals(4, chunks.size());
        assertEquals(1, chunks.stream().map(chunk -> chunk.get("id")).distinct().count());
        assertEquals(
                1, chunks.stream().map(chunk -> chunk.get("created")).distinct().count());
        assertTrue(chunks.stream().noneMatch(chunk -> chunk.has("usage")));
    }

    @Test
    void sendsEachTokenBeforeTheNextIsGenerated() throws Exception {
        CompletableFuture<HttpResponse<InputStream>> response = openInBackground("{\"prompt\":\"a\",\"stream\":true}");
        ScriptedGeneration generation = server.engine.next();
        generation.say("x");
        try (BufferedReader reader = reader(response.get())) {
            assertEquals("x", nextText(reader));
            generation.say("y");
            assertEquals("y", nextText(reader));
            generation.finish(FinishReason.LENGTH);
            assertEquals("", nextText(reader));
            assertEquals("data: [DONE]", reader.readLine());
            assertEquals("", reader.readLine());
            assertNull(reader.readLine());
        }
        assertFalse(generation.isCancelled());
    }

    @Test
    void reportsUsageInAnExtraChunk() throws Exception {
        server.engine.script(generation -> generation.say("xy").finish(FinishReason.LENGTH));
        List<JsonNode> chunks = chunks(
                server.post(PATH, "{\"prompt\":\"abc\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}")
                        .body());
        JsonNode last = chunks.removeLast();
        assertEquals(json("[]"), last.get("choices"));
        assertEquals(
                json(
                        "{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}"),
                last.get("usage"));
        assertEquals(3, chunks.size());
        assertTrue(chunks.stream()
                .allMatch(chunk -> chunk.has("usage") && chunk.get("usage").isNull()));
    }

    @Test
    void neverSplitsACharacter() throws Exception {
        server.engine.script(generation -> generation.say("😀é").finish(FinishReason.LENGTH));
        List<JsonNode> chunks =
                chunks(server.post(PATH, "{\"prompt\":\"a\",\"stream\":true}").body());
        assertEquals(List.of("😀", "é", ""), texts(chunks));
    }

    @Test
    void showsACharacterThatIsCutOffAsReplacement() throws Exception {
        server.engine.script(generation -> generation.token(0xf0).token(0x9f).finish(FinishReason.LENGTH));
        List<JsonNode> chunks =
                chunks(server.post(PATH, "{\"prompt\":\"a\",\"stream\":true}").body());
        assertEquals("\ufffd", String.join("", texts(chunks)));
    }

    @Test
    void holdsBackWhatMayBecomeAStopString() throws Exception {
        server.engine.script(generation -> generation.say("aEb ENDc"));
        String body = server.post(PATH, "{\"prompt\":\"a\",\"stream\":true,\"stop\":\"END\"}")
                .body();
        List<JsonNode> chunks = chunks(body);
        assertEquals(List.of("a", "Eb", " ", ""), texts(chunks));
        assertEquals(
                "stop",
                chunks.getLast().get("choices").get(0).get("finish_reason").textValue());
        assertTrue(body.endsWith("data: [DONE]\n\n"));
        assertTrue(server.engine.next().awaitCancelled(RunningServer.PATIENCE));
    }

    @Test
    void streamsEchoAndScores() throws Exception {
        server.engine.script(generation -> generation.scorePrompt().say("c").finish(FinishReason.LENGTH));
        List<JsonNode> chunks =
                chunks(server.post(PATH, "{\"prompt\":\"ab\",\"stream\":true,\"echo\":true,\"logprobs\":1}")
                        .body());
        assertEquals(List.of("ab", "c", ""), texts(chunks));
        JsonNode first = chunks.getFirst().get("choices").get(0).get("logprobs");
        assertEquals(json("[null,-98.0]"), first.get("token_logprobs"));
        JsonNode second = chunks.get(1).get("choices").get(0).get("logprobs");
        assertEquals(json("[\"c\"]"), second.get("tokens"));
        assertEquals(json("[2]"), second.get("text_offset"));
    }

    @Test
    void streamsSeveralChoicesByIndex() throws Exception {
        server.engine.script(generation -> generation
                .say("x" + (char) generation.request().promptTokens()[0])
                .finish(FinishReason.LENGTH));
        List<JsonNode> chunks = chunks(
                server.post(PATH, "{\"prompt\":[\"a\",\"b\"],\"stream\":true}").body());
        for (int index = 0; index < 2; index++) {
            StringBuilder text = new StringBuilder();
            for (JsonNode chunk : chunks) {
                JsonNode choice = chunk.get("choices").get(0);
                if (choice.get("index").intValue() == index) {
                    text.append(choice.get("text").textValue());
                }
            }
            assertEquals(index == 0 ? "xa" : "xb", text.toString());
        }
    }

    @Test
    void reportsAFailureAfterTheFirstTokenAsAnEvent() throws Exception {
        server.engine.script(generation -> generation.say("x").fail("the step broke"));
        HttpResponse<String> response = server.post(PATH, "{\"prompt\":\"a\",\"stream\":true}");
        assertEquals(200, response.statusCode());
        assertTrue(
                response.body()
                        .endsWith("event: error\ndata: {\"error\":{\"message\":\"the step broke\","
                                + "\"type\":\"server_error\",\"param\":null,\"code\":\"internal_error\"}}\n\n"
                                + "data: [DONE]\n\n"),
                response.body());
    }

    @Test
    void reportsAFailureBeforeTheFirstTokenAsStatus() throws Exception {
        server.engine.script(generation -> generation.fail("no memory"));
        HttpResponse<String> response = server.post(PATH, "{\"prompt\":\"a\",\"stream\":true}");
        assertEquals(500, response.statusCode());
        assertEquals("no memory", json(response).get("error").get("message").textValue());
    }

    @Test
    void keepsASilentStreamAliveWithComments() throws Exception {
        try (RunningServer pinging = new RunningServer(
                HttpServerOptions.defaults().withTimes(Duration.ofMillis(1), NEVER, Duration.ofSeconds(5)), false)) {
            HttpResponse<InputStream> response = pinging.open(PATH, "{\"prompt\":\"a\",\"stream\":true}");
            try (BufferedReader reader = reader(response)) {
                assertEquals(": ping", reader.readLine());
                assertEquals("", reader.readLine());
                assertEquals(": ping", reader.readLine());
                pinging.engine.next().finish(FinishReason.LENGTH);
                String rest = reader.readAllAsString();
                assertTrue(rest.endsWith("data: [DONE]\n\n"), rest);
            }
        }
    }

    private CompletableFuture<HttpResponse<InputStream>> openInBackground(String body) {
        CompletableFuture<HttpResponse<InputStream>> response = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                response.complete(server.open(PATH, body));
            } catch (Exception e) {
                response.completeExceptionally(e);
            }
        });
        return response;
    }

    private static String nextText(BufferedReader reader) throws IOException {
        String line = reader.readLine();
        assertTrue(line.startsWith("data: "), line);
        assertEquals("", reader.readLine());
        return json(line.substring("data: ".length()))
                .get("choices")
                .get(0)
                .get("text")
                .textValue();
    }

    private static List<JsonNode> chunks(String body) throws IOException {
        List<JsonNode> chunks = new ArrayList<>();
        for (String event : body.split("\n\n", -1)) {
            if (!event.isEmpty() && !event.equals("data: [DONE]")) {
                chunks.add(json(event.substring("data: ".length())));
            }
        }
        return chunks;
    }

    private static List<String> texts(List<JsonNode> chunks) {
        return chunks.stream()
                .map(chunk -> chunk.get("choices").get(0).get("text").textValue())
                .toList();
    }
}
