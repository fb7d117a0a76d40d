// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.FinishReason;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What proxies make of requests on their way. */
class RequestFramingTest {
    private final RunningServer server = new RunningServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void takesBodiesInChunksOfUnknownNumber() throws Exception {
        server.engine.script(generation -> generation.say("x").finish(FinishReason.LENGTH));
        String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        StringBuilder chunks = new StringBuilder();
        for (String piece : new String[] {"{\"pro", "mpt\":\"h", "ello\"", "}"}) {
            chunks.append(Integer.toHexString(piece.length()))
                    .append("\r\n")
                    .append(piece)
                    .append("\r\n");
        }
        try (Socket socket = server.connect(head + chunks + "0\r\n\r\n")) {
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
            String body = answer.substring(answer.indexOf('{'), answer.lastIndexOf('}') + 1);
            assertEquals("x", json(body).get("choices").get(0).get("text").textValue());
        }
        assertEquals("hello".length(), server.engine.next().request().promptTokens().length);
    }

    @Test
    void sendsTheRequestIdBackOnAnswersAndErrors() throws Exception {
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        for (String body : new String[] {"{\"prompt\":\"a\"}", "{}", "{\"prompt\":\"a\",\"stream\":true}"}) {
            assertEquals(
                    "abc-1",
                    server.send("POST", "/v1/completions", body, "x-request-id", "abc-1")
                            .headers()
                            .firstValue("x-request-id")
                            .orElseThrow());
        }
        String made = server.post("/v1/completions", "{\"prompt\":\"a\"}")
                .headers()
                .firstValue("x-request-id")
                .orElseThrow();
        assertTrue(made.startsWith("req-"), made);
    }
}
