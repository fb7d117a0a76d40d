// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.GenerationEvent.FinishReason;
import java.io.BufferedReader;
import java.io.InputStreamReader;
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
        String head = String.join(
                "\r\n",
                "POST /v1/completions HTTP/1.1",
                "Host: localhost",
                "Content-Type: application/json",
                "Transfer-Encoding: chunked",
                "",
                "");
        StringBuilder chunks = new StringBuilder();
        for (String piece : new String[] {"{\"pro", "mpt\":\"h", "ello\"", "}"}) {
            chunks.append(Integer.toHexString(piece.length()))
                    .append("\r\n")
                    .append(piece)
                    .append("\r\n");
        }
        try (Socket socket = server.connect(head + chunks + "0\r\n\r\n")) {
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertTrue(reader.readLine().startsWith("HTTP/1.1 200"));
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
            JsonNode answer = json(new String(body));
            assertEquals("x", answer.get("choices").get(0).get("text").textValue());
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
