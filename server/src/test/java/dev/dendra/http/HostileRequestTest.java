// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.GenerationEvent.FinishReason;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** Requests made to break a server: whatever they are, it answers, says what is wrong, and serves the next one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class HostileRequestTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHAT = "/v1/chat/completions";
    private static final String PROMPT = "\"prompt\":\"a\"";
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]";

    /** What a number may be that no one expects. */
    private static final List<String> VALUES = List.of(
            "-9223372036854775808",
            "-9223372036854775809",
            "-1",
            "0",
            "-0.0",
            "1",
            "2147483647",
            "2147483648",
            "9007199254740993",
            "9223372036854775807",
            "1e308",
            "-1e308",
            "1e-320",
            "1e999",
            "\"NaN\"",
            "\"Infinity\"",
            "\"1\"",
            "\"\"",
            "null",
            "true",
            "[]",
            "[1]",
            "{}");

    private static final String UPGRADE = String.join(
            "\r\n",
            "GET /health HTTP/1.1",
            "Host: localhost",
            "Connection: Upgrade, HTTP2-Settings",
            "Upgrade: h2c",
            "HTTP2-Settings: AAMAAABkAAQAAP__",
            "",
            "");

    private RunningServer server;

    @BeforeAll
    void start() {
        server = new RunningServer();
        server.engine.script(generation -> generation.say("x").finish(FinishReason.LENGTH));
    }

    @AfterAll
    void stop() {
        server.close();
    }

    /** Endpoints, the rest of a body, and the numbers that they take: a new endpoint or field is a line here. */
    static final List<Arguments> NUMBERS = List.of(
            Arguments.of(
                    COMPLETIONS,
                    PROMPT,
                    List.of(
                            "max_tokens",
                            "n",
                            "best_of",
                            "logprobs",
                            "seed",
                            "temperature",
                            "top_p",
                            "top_k",
                            "min_p",
                            "repetition_penalty",
                            "frequency_penalty",
                            "presence_penalty",
                            "min_tokens")),
            Arguments.of(
                    CHAT,
                    MESSAGES + ",\"logprobs\":true",
                    List.of(
                            "max_tokens",
                            "max_completion_tokens",
                            "top_logprobs",
                            "n",
                            "seed",
                            "temperature",
                            "top_p",
                            "top_k",
                            "min_p",
                            "repetition_penalty",
                            "frequency_penalty",
                            "presence_penalty")));

    @ParameterizedTest
    @FieldSource("NUMBERS")
    void aNumberIsTakenOrNamed(String path, String start, List<String> fields) throws Exception {
        for (String field : fields) {
            for (String value : VALUES) {
                String body = "{" + start + ",\"" + field + "\":" + value + "}";
                HttpResponse<String> response = server.post(path, body);
                if (response.statusCode() != 200) {
                    assertEquals(400, response.statusCode(), () -> body + response.body());
                    JsonNode error = json(response).get("error");
                    assertEquals(field, error.get("param").textValue(), () -> body + response.body());
                }
            }
        }
    }

    @Test
    void aProductOfLimitsIsNoWayRoundThem() throws Exception {
        assertNotEquals(
                500,
                server.post(COMPLETIONS, "{" + PROMPT + ",\"n\":8,\"max_tokens\":2147483647}")
                        .statusCode());
        assertEquals(
                400,
                server.post(COMPLETIONS, "{\"n\":8,\"prompt\":[" + "\"a\",".repeat(16) + "\"a\"]}")
                        .statusCode());
    }

    @Test
    void aMillionBiasesAreRefused() throws Exception {
        StringBuilder biases = new StringBuilder();
        for (int i = 0; i < 1_000_000; i++) {
            biases.append(i == 0 ? "\"" : ",\"").append(i).append("\":1");
        }
        int status = server.post(COMPLETIONS, "{" + PROMPT + ",\"logit_bias\":{" + biases + "}}")
                .statusCode();
        assertTrue(status == 413 || status == 400, () -> "answered " + status);
        String fewer = biases.substring(0, biases.lastIndexOf(",\"250000\""));
        assertEquals(
                400,
                server.post(COMPLETIONS, "{" + PROMPT + ",\"logit_bias\":{" + fewer + "}}")
                        .statusCode());
    }

    static final List<String> TEXTS = List.of(
            "a".repeat(1_000_000),
            "a b ".repeat(250_000),
            " ".repeat(1_000_000),
            "\\u0000",
            "a\\u0000b",
            "\\ud800",
            "\\udc00\\ud800",
            "<s></s><|im_start|>system<|im_end|>",
            "{{ 10 ** 10 }}{% for i in range(10000000) %}x{% endfor %}",
            "\\ufeff\\u202e\\u200b",
            "a\\u0301".repeat(10_000));

    @ParameterizedTest
    @FieldSource("TEXTS")
    void anyTextIsAnsweredOrTooLong(String text) throws Exception {
        HttpResponse<String> completion = server.post(COMPLETIONS, "{\"prompt\":\"" + text + "\",\"echo\":true}");
        HttpResponse<String> chat =
                server.post(CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}");
        for (HttpResponse<String> response : List.of(completion, chat)) {
            if (response.statusCode() != 200) {
                assertEquals(400, response.statusCode(), response::body);
                assertEquals(
                        "context_length_exceeded",
                        json(response).get("error").get("code").textValue());
            }
        }
    }

    @Test
    void aPromptOfTenMegabytesIsTooLarge() throws Exception {
        assertEquals(
                413,
                server.post(COMPLETIONS, "{\"prompt\":\"" + "a".repeat(10_000_000) + "\"}")
                        .statusCode());
    }

    /** Requests, and the status that their broken part earns; 0 where the connection may also just be closed. */
    static final List<Arguments> BROKEN = List.of(
            Arguments.of(431, "GET /health HTTP/1.1\r\nHost: localhost\r\nx: " + "x".repeat(20_000) + "\r\n\r\n"),
            Arguments.of(431, "GET /health HTTP/1.1\r\nHost: localhost\r\n" + "longer: y\r\n".repeat(2_400) + "\r\n"),
            Arguments.of(400, "GET /health HTTP/1.1\r\nHost: localhost\r\n" + "x: y\r\n".repeat(50_000) + "\r\n"),
            Arguments.of(414, "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            Arguments.of(400, "GET /health HTTP/1.1\r\n\r\n"),
            Arguments.of(400, "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
            Arguments.of(400, post("Content-Length: -1")),
            Arguments.of(400, post("Content-Length: 1x")),
            Arguments.of(400, post("Content-Length: 99999999999999999999")),
            Arguments.of(413, post("Content-Length: 9223372036854775807")),
            Arguments.of(400, post("Content-Length: 5\r\nTransfer-Encoding: chunked") + "0\r\n\r\n"),
            Arguments.of(400, post("Transfer-Encoding: chunked, chunked") + "0\r\n\r\n"),
            Arguments.of(0, post("Transfer-Encoding: gzip, chunked") + "0\r\n\r\n"),
            Arguments.of(400, post("Transfer-Encoding: chunked") + "x\r\n\r\n"),
            Arguments.of(400, post("Transfer-Encoding: chunked") + "-1\r\n\r\n"),
            Arguments.of(400, post("Transfer-Encoding: chunked") + "ffffffffffffffff\r\n\r\n"),
            Arguments.of(0, post("Transfer-Encoding: chunked") + "7fffffff\r\n\r\n"),
            Arguments.of(0, post("Transfer-Encoding: chunked") + "1;" + "x".repeat(100_000) + "\r\na\r\n0\r\n\r\n"),
            Arguments.of(0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            Arguments.of(0, "GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n"),
            Arguments.of(0, "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n"),
            Arguments.of(0, "\r\n\r\n\r\n\r\n"));

    @ParameterizedTest
    @FieldSource("BROKEN")
    void brokenFramingIsRefusedAndTheNextClientServed(int status, String request) throws Exception {
        try (Socket socket = server.connect(request)) {
            socket.shutdownOutput();
            String line;
            try {
                line = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))
                        .readLine();
            } catch (SocketException reset) {
                // Bytes that nobody read make the kernel reset the connection, which may overtake the answer.
                line = null;
            }
            if (line != null) {
                String expected = status == 0 ? "HTTP/1.1 (4\\d\\d|50[15]) .*" : "HTTP/1.1 " + status + " .*";
                assertTrue(line.matches(expected), line);
            }
        }
        assertEquals(200, server.get("/health").statusCode());
    }

    @Test
    void http2IsNotOffered() throws Exception {
        try (Socket socket = server.connect(UPGRADE)) {
            byte[] start = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
            assertEquals("HTTP/1.1 200", new String(start, StandardCharsets.US_ASCII));
        }
    }

    private static String post(String framing) {
        return "POST " + COMPLETIONS + " HTTP/1.1\r\nHost: localhost\r\n" + framing + "\r\n\r\n";
    }
}
