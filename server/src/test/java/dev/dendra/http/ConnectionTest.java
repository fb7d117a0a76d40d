// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.FinishReason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that go away, do not read, or send ahead. */
class ConnectionTest {
    private static final String PATH = "/v1/completions";

    private final RunningServer server = new RunningServer(
            HttpServerOptions.defaults()
                    .withTimes(Duration.ofMillis(500), Duration.ofMillis(200), Duration.ofSeconds(5)),
            false);

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"false, ''", "false, some", "true, ''", "true, some"})
    void freesTheSequenceOfAClientThatGoesAway(boolean stream, String generated) throws Exception {
        ScriptedGeneration generation;
        try (Socket socket = server.connect(PATH, "{\"prompt\":\"a\",\"stream\":" + stream + "}")) {
            generation = server.engine.next();
            generation.say(generated);
            assertFalse(generation.isCancelled());
            assertFalse(socket.isClosed());
        }
        assertTrue(generation.awaitCancelled(RunningServer.PATIENCE));
    }

    /** Also behind errors, streams and answers without a body. */
    @ParameterizedTest
    @ValueSource(strings = {"GET /v1/models", "GET /health", "GET /unknown", "HEAD /", "DELETE /v1/models"})
    void closesTheConnectionWhereTheClientAsksForIt(String request) throws Exception {
        try (Socket socket = server.connect(request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 "), answer);
        }
    }

    @Test
    void closesTheConnectionBehindAStreamWhereTheClientAsksForIt() throws Exception {
        server.engine.script(generation -> generation.say("x").finish(FinishReason.LENGTH));
        String request = RunningServer.rawRequest(PATH, "{\"prompt\":\"a\",\"stream\":true}");
        try (Socket socket = server.connect(request.replaceFirst("\r\n", "\r\nConnection: close\r\n"))) {
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.contains("data: [DONE]"), answer);
        }
    }

    @Test
    void freesTheSequencesOfAllChoices() throws Exception {
        server.connect(PATH, "{\"prompt\":\"a\",\"n\":2}").close();
        assertTrue(server.engine.next().awaitCancelled(RunningServer.PATIENCE));
        assertTrue(server.engine.next().awaitCancelled(RunningServer.PATIENCE));
    }

    @Test
    void countsAClientThatGoesAwayWhileItWaits() throws Exception {
        server.connect(PATH, "{\"prompt\":\"a\"}").close();
        assertTrue(server.engine.next().awaitCancelled(RunningServer.PATIENCE));
        server.awaitSample("dendra_http_requests_total{endpoint=\"/v1/completions\",status=\"499\"} 1.0");
    }

    @Test
    void cutsOffAClientThatDoesNotRead() throws Exception {
        try (Socket socket = server.connect(PATH, "{\"prompt\":\"a\",\"stream\":true}")) {
            ScriptedGeneration generation = server.engine.next();
            // Far more than the socket buffers of both sides hold.
            for (int i = 0; i < 200_000; i++) {
                generation.token('x');
            }
            assertTrue(generation.awaitCancelled(RunningServer.PATIENCE));
            assertFalse(socket.isClosed());
        }
    }

    @Test
    void cutsOffAClientThatDoesNotSendItsBody() throws Exception {
        String request = RunningServer.rawRequest(PATH, "{\"prompt\":\"a\"}");
        try (Socket socket = server.connect(request.substring(0, request.length() - 1))) {
            assertEquals(-1, socket.getInputStream().read());
        }
    }

    @Test
    void answersRequestsThatWereSentAhead() throws Exception {
        String request = RunningServer.rawRequest(PATH, "{\"prompt\":\"a\"}");
        try (Socket socket = server.connect(request + request)) {
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            for (int i = 0; i < 2; i++) {
                server.engine.next().say("x").finish(FinishReason.LENGTH);
                assertEquals("x", answerText(reader));
            }
        }
    }

    @Test
    void readsTheNextRequestAfterHavingWatchedTheClient() throws Exception {
        String request = RunningServer.rawRequest(PATH, "{\"prompt\":\"a\"}");
        try (Socket socket = server.connect(request)) {
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            ScriptedGeneration watched = server.engine.next();
            assertFalse(watched.awaitCancelled(Duration.ofMillis(600)), "cancelled while the client waits");
            watched.say("x").finish(FinishReason.LENGTH);
            assertEquals("x", answerText(reader));
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            server.engine.next().say("y").finish(FinishReason.LENGTH);
            assertEquals("y", answerText(reader));
        }
    }

    @Test
    void finishesAnswersUnderWayBeforeItStops() throws Exception {
        try (Socket socket = server.connect(PATH, "{\"prompt\":\"a\",\"stream\":true}")) {
            ScriptedGeneration generation = server.engine.next();
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            generation.say("x");
            String line = reader.readLine();
            while (!line.startsWith("data: ")) {
                line = reader.readLine();
            }
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
            generation.say("y").finish(FinishReason.LENGTH);
            String rest = reader.readAllAsString();
            assertTrue(rest.contains("\"text\":\"y\"") && rest.contains("data: [DONE]\n\n"), rest);
            stopped.join();
        }
    }

    private static String answerText(BufferedReader reader) throws IOException {
        int length = 0;
        for (String line = reader.readLine(); !line.isEmpty(); line = reader.readLine()) {
            if (line.regionMatches(true, 0, "content-length: ", 0, 16)) {
                length = Integer.parseInt(line.substring(16));
            }
        }
        char[] body = new char[length];
        for (int read = 0; read < length; ) {
            read += reader.read(body, read, length - read);
        }
        return json(new String(body)).get("choices").get(0).get("text").textValue();
    }
}
