// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.EngineException;
import dev.dendra.engine.GenerationEvent.FinishReason;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadRequestTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHAT = "/v1/chat/completions";
    private static final int BODY_LIMIT = 1_000_000;

    private RunningServer server;

    @BeforeAll
    void start() {
        HttpServerOptions defaults = HttpServerOptions.defaults();
        server = new RunningServer(
                new HttpServerOptions(
                        defaults.host(),
                        defaults.port(),
                        defaults.adminHost(),
                        defaults.adminPort(),
                        BODY_LIMIT,
                        defaults.pingInterval(),
                        defaults.clientTimeout(),
                        defaults.shutdownGracePeriod()),
                false);
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
    }

    @AfterAll
    void stop() {
        server.close();
    }

    static Stream<Arguments> numericFields() {
        List<String> completionFields = List.of(
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
                "min_tokens",
                "priority",
                "timeout");
        List<String> chatFields = List.of("max_tokens", "max_completion_tokens", "top_logprobs", "n", "temperature");
        return Stream.concat(
                completionFields.stream().map(field -> Arguments.of(COMPLETIONS, "\"prompt\":\"a\"", field)),
                chatFields.stream()
                        .map(field -> Arguments.of(
                                CHAT,
                                "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logprobs\":true",
                                field)));
    }

    @ParameterizedTest
    @MethodSource("numericFields")
    void namesTheNumberAtFault(String path, String start, String field) throws Exception {
        for (String value : List.of("1e308", "-1e308", "9223372036854775808", "\"x\"", "[]", "{}", "true")) {
            assertRefused(400, field, path, "{" + start + ",\"" + field + "\":" + value + "}");
        }
        if (!List.of("seed", "top_k", "frequency_penalty", "presence_penalty", "priority")
                .contains(field)) {
            assertRefused(400, field, path, "{" + start + ",\"" + field + "\":-1}");
        }
        assertRefused(400, null, path, "{" + start + ",\"" + field + "\":NaN}");
        assertEquals(
                200, server.post(path, "{" + start + ",\"" + field + "\":null}").statusCode());
    }

    static final List<Arguments> COMPLETION_ERRORS = List.of(
            Arguments.of("prompt", "{}"),
            Arguments.of("prompt", "{\"prompt\":null}"),
            Arguments.of("prompt", "{\"prompt\":\"\"}"),
            Arguments.of("prompt", "{\"prompt\":[]}"),
            Arguments.of("prompt", "{\"prompt\":5}"),
            Arguments.of("prompt", "{\"prompt\":{\"a\":1}}"),
            Arguments.of("prompt[0]", "{\"prompt\":[\"\"]}"),
            Arguments.of("prompt[1]", "{\"prompt\":[[97],[]]}"),
            Arguments.of("prompt[1]", "{\"prompt\":[97,\"a\"]}"),
            Arguments.of("prompt[1]", "{\"prompt\":[\"a\",true]}"),
            Arguments.of("prompt[1]", "{\"prompt\":[97,258]}"),
            Arguments.of("prompt[0]", "{\"prompt\":[-1]}"),
            Arguments.of("prompt[0]", "{\"prompt\":[1.5]}"),
            Arguments.of("prompt[0]", "{\"prompt\":[4294967393]}"),
            Arguments.of("prompt[1][0]", "{\"prompt\":[[97],[9999999]]}"),
            Arguments.of("prompt", "{\"prompt\":\"" + "a".repeat(ScriptedService.CONTEXT_LENGTH) + "\"}"),
            Arguments.of("prompt", "{\"prompt\":[" + "\"a\",".repeat(128) + "\"a\"]}"),
            Arguments.of("prompt", "{\"n\":8,\"prompt\":[" + "\"a\",".repeat(16) + "\"a\"]}"),
            Arguments.of("model", "{\"prompt\":\"a\",\"model\":5}"),
            Arguments.of("suffix", "{\"prompt\":\"a\",\"suffix\":\"b\"}"),
            Arguments.of("best_of", "{\"prompt\":\"a\",\"n\":2,\"best_of\":1}"),
            Arguments.of("best_of", "{\"prompt\":\"a\",\"best_of\":21}"),
            Arguments.of("best_of", "{\"prompt\":\"a\",\"best_of\":2,\"stream\":true}"),
            Arguments.of("prompt", "{\"best_of\":20,\"prompt\":[" + "\"a\",".repeat(6) + "\"a\"]}"),
            Arguments.of("use_beam_search", "{\"prompt\":\"a\",\"use_beam_search\":true}"),
            Arguments.of("truncate_prompt_tokens", "{\"prompt\":\"a\",\"truncate_prompt_tokens\":5}"),
            Arguments.of("stop_token_ids", "{\"prompt\":\"a\",\"stop_token_ids\":5}"),
            Arguments.of("stop_token_ids", "{\"prompt\":\"a\",\"stop_token_ids\":[" + "1,".repeat(128) + "1]}"),
            Arguments.of("stop_token_ids[1]", "{\"prompt\":\"a\",\"stop_token_ids\":[65,258]}"),
            Arguments.of("stop_token_ids[0]", "{\"prompt\":\"a\",\"stop_token_ids\":[\"65\"]}"),
            Arguments.of("priority", "{\"prompt\":\"a\",\"priority\":1001}"),
            Arguments.of("cache_salt", "{\"prompt\":\"a\",\"cache_salt\":\"\"}"),
            Arguments.of("cache_salt", "{\"prompt\":\"a\",\"cache_salt\":\"" + "x".repeat(257) + "\"}"),
            Arguments.of("timeout", "{\"prompt\":\"a\",\"timeout\":0}"),
            Arguments.of("timeout", "{\"prompt\":\"a\",\"timeout\":86401}"),
            Arguments.of("speculation", "{\"prompt\":\"a\",\"speculation\":1}"),
            Arguments.of("n", "{\"prompt\":\"a\",\"n\":9}"),
            Arguments.of("n", "{\"prompt\":\"a\",\"n\":0}"),
            Arguments.of("logprobs", "{\"prompt\":\"a\",\"logprobs\":6}"),
            Arguments.of("min_tokens", "{\"prompt\":\"a\",\"min_tokens\":17}"),
            Arguments.of("temperature", "{\"prompt\":\"a\",\"temperature\":2.01}"),
            Arguments.of("repetition_penalty", "{\"prompt\":\"a\",\"repetition_penalty\":0}"),
            Arguments.of("stop", "{\"prompt\":\"a\",\"stop\":5}"),
            Arguments.of("stop", "{\"prompt\":\"a\",\"stop\":[" + "\"a\",".repeat(16) + "\"b\"]}"),
            Arguments.of("stop", "{\"prompt\":\"a\",\"stop\":\"\"}"),
            Arguments.of("stop[1]", "{\"prompt\":\"a\",\"stop\":[\"a\",7]}"),
            Arguments.of("stream", "{\"prompt\":\"a\",\"stream\":\"yes\"}"),
            Arguments.of("echo", "{\"prompt\":\"a\",\"echo\":1}"),
            Arguments.of("stream_options", "{\"prompt\":\"a\",\"stream\":true,\"stream_options\":7}"),
            Arguments.of(
                    "stream_options.include_usage",
                    "{\"prompt\":\"a\",\"stream\":true,\"stream_options\":{\"include_usage\":3}}"),
            Arguments.of("logit_bias", "{\"prompt\":\"a\",\"logit_bias\":[1]}"),
            Arguments.of("logit_bias.x", "{\"prompt\":\"a\",\"logit_bias\":{\"x\":1}}"),
            Arguments.of("logit_bias.-1", "{\"prompt\":\"a\",\"logit_bias\":{\"-1\":1}}"),
            Arguments.of("logit_bias.258", "{\"prompt\":\"a\",\"logit_bias\":{\"258\":1}}"),
            Arguments.of("logit_bias.65", "{\"prompt\":\"a\",\"logit_bias\":{\"65\":101}}"),
            Arguments.of("logit_bias.65", "{\"prompt\":\"a\",\"logit_bias\":{\"65\":\"1\"}}"));

    @ParameterizedTest
    @FieldSource("COMPLETION_ERRORS")
    void namesTheCompletionFieldAtFault(String param, String body) throws Exception {
        assertRefused(400, param, COMPLETIONS, body);
    }

    static final List<Arguments> CHAT_ERRORS = List.of(
            Arguments.of("messages", "{}"),
            Arguments.of("messages", "{\"messages\":[]}"),
            Arguments.of("messages", "{\"messages\":\"hello\"}"),
            Arguments.of("messages[0]", "{\"messages\":[\"hello\"]}"),
            Arguments.of("messages[0].role", "{\"messages\":[{\"content\":\"a\"}]}"),
            Arguments.of("messages[0].role", "{\"messages\":[{\"role\":\"pirate\",\"content\":\"a\"}]}"),
            Arguments.of("messages[0].content", "{\"messages\":[{\"role\":\"user\"}]}"),
            Arguments.of("messages[0].content", "{\"messages\":[{\"role\":\"user\",\"content\":5}]}"),
            Arguments.of(
                    "messages[0].content[0].type",
                    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}"),
            Arguments.of(
                    "messages[0].content[0].text",
                    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]}"),
            Arguments.of(
                    "messages[0].tool_calls[0].type",
                    "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\"}]}]}"),
            Arguments.of("functions", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"functions\":[{}]}"),
            Arguments.of(
                    "response_format.type",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],"
                            + "\"response_format\":{\"type\":\"xml\"}}"),
            Arguments.of("response_format.type", chatWith("'response_format':{}")),
            Arguments.of("response_format", chatWith("'response_format':5")),
            Arguments.of("response_format.json_schema", chatWith("'response_format':{'type':'json_schema'}")),
            Arguments.of(
                    "response_format.json_schema.schema",
                    chatWith("'response_format':{'type':'json_schema','json_schema':{'name':'a'}}")),
            Arguments.of(
                    "response_format.json_schema.schema",
                    chatWith("'response_format':{'type':'json_schema','json_schema':{'schema':[]}}")),
            Arguments.of(
                    "response_format.json_schema.schema",
                    chatWith("'response_format':{'type':'json_schema','json_schema':{'schema':{'type':'text'}}}")),
            Arguments.of(
                    "response_format.json_schema.schema",
                    chatWith("'response_format':{'type':'json_schema','json_schema':{'schema':"
                            + "{'type':'array','maxItems':1000000000}}}")),
            Arguments.of("regex", chatWith("'regex':'(a'")),
            Arguments.of("regex", chatWith("'regex':'(a)\\\\1'")),
            Arguments.of("regex", chatWith("'regex':'.{1,100000}'")),
            Arguments.of("regex", chatWith("'regex':7")),
            Arguments.of("grammar", chatWith("'grammar':'root ::= x'")),
            Arguments.of("grammar", chatWith("'grammar':'root ::= root \\\"a\\\"'")),
            Arguments.of("guided_json", chatWith("'guided_json':'{'")),
            Arguments.of("guided_choice", chatWith("'guided_choice':[]")),
            Arguments.of("structured_outputs.regex", chatWith("'structured_outputs':{'regex':'['}")),
            Arguments.of("grammar", chatWith("'regex':'a','grammar':'root ::= \\\"a\\\"'")),
            Arguments.of("top_logprobs", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"top_logprobs\":3}"),
            Arguments.of(
                    "min_tokens",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":2,\"min_tokens\":3}"),
            Arguments.of(
                    "continue_final_message",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"continue_final_message\":true}"),
            Arguments.of(
                    "chat_template", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"chat_template\":\"x\"}"),
            Arguments.of(
                    "modalities",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"modalities\":[\"text\",\"audio\"]}"),
            Arguments.of(
                    "top_logprobs",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logprobs\":true,\"top_logprobs\":21}"),
            Arguments.of("logprobs", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logprobs\":3}"),
            Arguments.of(
                    "messages",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"" + "a".repeat(ScriptedService.CONTEXT_LENGTH)
                            + "\"}]}"));

    private static String chatWith(String fields) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]," + fields.replace('\'', '"') + "}";
    }

    @ParameterizedTest
    @FieldSource("CHAT_ERRORS")
    void namesTheChatFieldAtFault(String param, String body) throws Exception {
        assertRefused(400, param, CHAT, body);
    }

    static final List<String> MALFORMED = List.of(
            "",
            "{",
            "[]",
            "\"prompt\"",
            "null",
            "{\"prompt\":\"a\"} {}",
            "{\"prompt\":\"a\",\"prompt\":\"b\"}",
            "{\"prompt\":\"a\",\"n\":" + "1".repeat(5000) + "}",
            "{\"prompt\":" + "[".repeat(5000) + "]".repeat(5000) + "}",
            "{\"" + "x".repeat(5000) + "\":1}");

    @ParameterizedTest
    @FieldSource("MALFORMED")
    void refusesMalformedBodies(String body) throws Exception {
        assertRefused(400, null, COMPLETIONS, body);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/completions, 405",
        "DELETE, /v1/models, 405",
        "PUT, /v1/chat/completions, 405",
        "POST, /, 405",
        "GET, /page, 404",
        "GET, /v1, 404",
        "GET, /v1/embeddings, 405",
        "GET, /metrics, 404"
    })
    void refusesUnknownPathsAndMethods(String method, String path, int status) throws Exception {
        assertError(status, null, server.send(method, path, ""));
    }

    /** RFC 9110, section 15.5.6. */
    @ParameterizedTest
    @CsvSource({"GET, /v1/completions, POST", "DELETE, /v1/models, GET", "POST, /, 'GET, HEAD'"})
    void saysWhichMethodAPathHas(String method, String path, String allowed) throws Exception {
        assertEquals(
                allowed,
                server.send(method, path, "").headers().firstValue("allow").orElse("none"));
    }

    @Test
    void refusesUnknownModels() throws Exception {
        assertRefused(404, "model", COMPLETIONS, "{\"model\":\"other\",\"prompt\":\"a\"}");
        assertRefused(404, "model", CHAT, "{\"model\":\"other\",\"messages\":[]}");
        HttpResponse<String> response = server.get("/v1/models/other/name");
        assertError(404, "model", response);
        assertEquals("model_not_found", json(response).get("error").get("code").textValue());
    }

    @Test
    void survivesUnpairedSurrogates() throws Exception {
        assertRefused(404, "model", COMPLETIONS, "{\"model\":\"\\ud800\",\"prompt\":\"a\"}");
        HttpResponse<String> response = server.post(COMPLETIONS, "{\"prompt\":\"a\\udc00b\",\"echo\":true}");
        assertEquals(200, response.statusCode());
        assertEquals("a?b", json(response).get("choices").get(0).get("text").textValue());
    }

    @Test
    void repeatsOnlyTheStartOfLongNames() throws Exception {
        HttpResponse<String> response =
                server.post(COMPLETIONS, "{\"model\":\"" + "m".repeat(50_000) + "\",\"prompt\":\"a\"}");
        assertError(404, "model", response);
        assertTrue(response.body().length() < 1000);
    }

    @Test
    void refusesBodiesOverTheLimit() throws Exception {
        // More than the buffers of a connection take: the client is still sending when the answer is there.
        String large = "{\"prompt\":\"" + "a".repeat(16 * BODY_LIMIT) + "\"}";
        assertRefused(413, null, COMPLETIONS, large);
        String head = "POST " + COMPLETIONS + " HTTP/1.1\r\nHost: localhost\r\n";
        List<String> requests = List.of(
                head + "Content-Length: " + large.length() + "\r\n\r\n" + large,
                head + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(large.length()) + "\r\n" + large
                        + "\r\n0\r\n\r\n");
        for (String request : requests) {
            try (Socket socket = server.connect(request)) {
                byte[] start = socket.getInputStream().readNBytes("HTTP/1.1 413".length());
                assertEquals("HTTP/1.1 413", new String(start, StandardCharsets.US_ASCII));
            }
        }
    }

    @Test
    void takesAFewLargeBodiesAtATime() throws Exception {
        String start = "POST " + COMPLETIONS + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n"
                + " ".repeat(500_000);
        List<Socket> unfinished = new ArrayList<>();
        try {
            String large = "{\"prompt\":\"a\"}" + " ".repeat(500_000);
            HttpResponse<String> response = server.post(COMPLETIONS, large);
            assertEquals(200, response.statusCode());
            while (response.statusCode() == 200) {
                unfinished.add(server.connect(start));
                response = server.post(COMPLETIONS, large);
            }
            assertError(429, null, response);
            assertEquals(200, server.post(COMPLETIONS, "{\"prompt\":\"a\"}").statusCode());
        } finally {
            for (Socket socket : unfinished) {
                socket.close();
            }
        }
    }

    @Test
    void says429WhenTheQueueIsFullAnd503WhenTheEngineStops() throws Exception {
        try (RunningServer busy = new RunningServer()) {
            busy.engine.refuse(EngineException.Reason.QUEUE_FULL);
            for (String stream : List.of("false", "true")) {
                HttpResponse<String> response = busy.post(COMPLETIONS, "{\"prompt\":\"a\",\"stream\":" + stream + "}");
                assertError(429, null, response);
                assertEquals("1", response.headers().firstValue("retry-after").orElseThrow());
            }
            busy.engine.refuse(EngineException.Reason.STOPPING);
            assertError(503, null, busy.post(COMPLETIONS, "{\"prompt\":\"a\"}"));
            busy.engine.refuse(EngineException.Reason.PROMPT_TOO_LONG);
            HttpResponse<String> response = busy.post(CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}");
            assertError(400, "messages", response);
            assertEquals(
                    "context_length_exceeded",
                    json(response).get("error").get("code").textValue());
        }
    }

    private void assertRefused(int status, @Nullable String param, String path, String body) throws Exception {
        assertError(status, param, server.post(path, body));
    }

    private static void assertError(int status, @Nullable String param, HttpResponse<String> response)
            throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(
                "application/json",
                response.headers().firstValue("content-type").orElseThrow());
        JsonNode body = json(response);
        assertEquals(1, body.size());
        JsonNode error = body.get("error");
        assertEquals(4, error.size());
        assertFalse(error.get("message").textValue().isBlank());
        assertFalse(error.get("type").textValue().isBlank());
        assertEquals(param, error.get("param").textValue(), response.body());
        assertTrue(error.has("code"));
    }
}
