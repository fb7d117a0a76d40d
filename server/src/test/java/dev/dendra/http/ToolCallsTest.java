// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.tokenizer.ByteTokenizer;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ToolCallsTest {
    private static final String PATH = "/v1/chat/completions";
    private static final String USER = "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]";
    private static final String TOOLS = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"clock\"}},"
            + "{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"description\":\"d\",\"strict\":true,"
            + "\"parameters\":{\"type\":\"object\",\"properties\":{\"place\":{\"type\":\"string\"}}}}}]";
    private static final String CALL =
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"place\": \"Oslo\"}}\n</tool_call>";

    private RunningServer server;

    @BeforeAll
    void start() {
        server = new RunningServer();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private JsonNode answer(String text, String fields) throws Exception {
        server.engine.script(
                generation -> generation.say(text).token(ByteTokenizer.END).finish(FinishReason.STOP));
        HttpResponse<String> response = server.post(PATH, "{" + USER + "," + fields + "}");
        assertEquals(200, response.statusCode(), response.body());
        return json(response);
    }

    private List<JsonNode> chunks(String text, String fields) throws Exception {
        server.engine.script(
                generation -> generation.say(text).token(ByteTokenizer.END).finish(FinishReason.STOP));
        List<JsonNode> chunks = new ArrayList<>();
        for (String line : server.post(PATH, "{" + USER + ",\"stream\":true," + fields + "}")
                .body()
                .split("\n", -1)) {
            if (line.startsWith("data: {")) {
                chunks.add(
                        json(line.substring("data: ".length())).get("choices").get(0));
            }
        }
        return chunks;
    }

    @Test
    void answersWithCalls() throws Exception {
        JsonNode choice = answer(CALL + "\n<tool_call>{\"name\":\"clock\"}</tool_call>", TOOLS)
                .get("choices")
                .get(0);
        assertEquals("tool_calls", choice.get("finish_reason").textValue());
        JsonNode message = choice.get("message");
        assertTrue(message.get("content").isNull());
        JsonNode calls = message.get("tool_calls");
        assertEquals(2, calls.size());
        assertTrue(calls.get(0).get("id").textValue().matches("call_[0-9a-f]{32}"));
        assertFalse(calls.get(0).has("index"));
        assertEquals("function", calls.get(0).get("type").textValue());
        assertEquals(
                json("{\"name\":\"weather\",\"arguments\":\"{\\\"place\\\": \\\"Oslo\\\"}\"}"),
                calls.get(0).get("function"));
        assertEquals(
                json("{\"name\":\"clock\",\"arguments\":\"{}\"}"), calls.get(1).get("function"));
    }

    @Test
    void streamsCallsInPieces() throws Exception {
        List<JsonNode> chunks = chunks("Hm." + CALL, TOOLS);
        StringBuilder content = new StringBuilder();
        StringBuilder arguments = new StringBuilder();
        int pieces = 0;
        for (JsonNode chunk : chunks) {
            JsonNode delta = chunk.get("delta");
            content.append(delta.path("content").asText(""));
            for (JsonNode call : delta.path("tool_calls")) {
                assertEquals(0, call.get("index").intValue());
                assertEquals(pieces == 0, call.has("id"));
                assertEquals(pieces == 0, call.get("function").has("name"));
                arguments.append(call.get("function").get("arguments").textValue());
                pieces++;
            }
        }
        assertEquals("Hm.", content.toString());
        assertEquals("{\"place\": \"Oslo\"}", arguments.toString());
        assertTrue(pieces > 10, "pieces: " + pieces);
        assertEquals("assistant", chunks.getFirst().get("delta").get("role").textValue());
        assertEquals("tool_calls", chunks.getLast().get("finish_reason").textValue());
    }

    @Test
    void doesNotLookForCallsWhereNoneAreWanted() throws Exception {
        JsonNode choice =
                answer(CALL, TOOLS + ",\"tool_choice\":\"none\"").get("choices").get(0);
        assertEquals(CALL, choice.get("message").get("content").textValue());
        assertEquals("stop", choice.get("finish_reason").textValue());
        assertNull(choice.get("message").get("tool_calls"));
    }

    @Test
    void endsAfterOneCallWithoutParallelCalls() throws Exception {
        JsonNode choice = answer(CALL + CALL + CALL, TOOLS + ",\"parallel_tool_calls\":false")
                .get("choices")
                .get(0);
        assertEquals(1, choice.get("message").get("tool_calls").size());
        assertEquals("tool_calls", choice.get("finish_reason").textValue());
    }

    @Test
    void keepsChoicesApartAndScoresAllTokens() throws Exception {
        JsonNode answer = answer(CALL, TOOLS + ",\"n\":3,\"logprobs\":true");
        for (JsonNode choice : answer.get("choices")) {
            assertEquals(1, choice.get("message").get("tool_calls").size());
            assertEquals(CALL.length(), choice.get("logprobs").get("content").size());
        }
        String id = "/message/tool_calls/0/id";
        assertFalse(answer.get("choices")
                .get(0)
                .at(id)
                .equals(answer.get("choices").get(1).at(id)));
    }

    @Test
    void stopsWithinACall() throws Exception {
        JsonNode choice =
                answer(CALL, TOOLS + ",\"stop\":\"Oslo\"").get("choices").get(0);
        assertEquals(
                "{\"place\": \"",
                choice.at("/message/tool_calls/0/function/arguments").textValue());
        assertEquals("tool_calls", choice.get("finish_reason").textValue());
    }

    @Test
    void setsReasoningApart() throws Exception {
        String thinking = "\"chat_template_kwargs\":{\"enable_thinking\":%s}";
        JsonNode answer = answer("<think>\nHm.\n</think>\n\nYes.", thinking.formatted(false));
        JsonNode message = answer.get("choices").get(0).get("message");
        assertEquals("Hm.", message.get("reasoning_content").textValue());
        assertEquals("Yes.", message.get("content").textValue());
        assertEquals(
                "<think>\nHm.\n</think>".length() - "<think".length(),
                answer.at("/usage/completion_tokens_details/reasoning_tokens").intValue());
        List<JsonNode> chunks = chunks("Hm.</think>Yes.", thinking.formatted(true));
        StringBuilder reasoning = new StringBuilder();
        StringBuilder content = new StringBuilder();
        for (JsonNode chunk : chunks) {
            reasoning.append(chunk.get("delta").path("reasoning_content").asText(""));
            content.append(chunk.get("delta").path("content").asText(""));
        }
        assertEquals("Hm.", reasoning.toString());
        assertEquals("Yes.", content.toString());
        assertEquals(
                "H", chunks.getFirst().get("delta").get("reasoning_content").textValue());
        assertNull(chunks.getFirst().get("delta").get("content"));
    }

    @Test
    void showsControlTokensThatAreMarks() throws Exception {
        server.engine.script(generation -> generation
                .token(ByteTokenizer.START)
                .say("x")
                .token(ByteTokenizer.END)
                .finish(FinishReason.STOP));
        JsonNode answer = json(server.post(PATH, "{" + USER + "," + TOOLS + "}"));
        assertEquals("<s>x", answer.at("/choices/0/message/content").textValue());
    }

    @Test
    void takesCallsAndResultsInMessages() throws Exception {
        while (!server.engine.isIdle()) {
            server.engine.next();
        }
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        for (String arguments :
                List.of("\"\"", "\"{}\"", "\"{\\\"a\\\": [1e999, 12345678901234567890]}\"", "\"{cut\"", "null")) {
            HttpResponse<String> response = server.post(
                    PATH,
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["
                            + "{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"clock\",\"arguments\":"
                            + arguments
                            + "}}]}]}");
            assertEquals(200, response.statusCode(), response.body());
        }
        while (!server.engine.isIdle()) {
            assertArrayEquals(
                    ByteTokenizer.tokens("user:a\nassistant:null\nassistant:"),
                    server.engine.next().request().promptTokens());
        }
    }

    private static Arguments tool(String param, String tool) {
        return Arguments.of(param, "{" + USER + ",\"tools\":[" + tool + "]}");
    }

    private static Arguments function(String param, String fields) {
        return tool("tools[0].function." + param, "{\"type\":\"function\",\"function\":{" + fields + "}}");
    }

    private static Arguments choice(String param, String choice) {
        return Arguments.of(param, "{" + USER + "," + TOOLS + ",\"tool_choice\":" + choice + "}");
    }

    private static Arguments call(String param, String call) {
        return Arguments.of(
                "messages[0].tool_calls" + param,
                "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":" + call + "}]}");
    }

    private static Arguments variables(String param, String variables) {
        return Arguments.of(
                "chat_template_kwargs" + param, "{" + USER + ",\"chat_template_kwargs\":" + variables + "}");
    }

    static final List<Arguments> ERRORS = List.of(
            Arguments.of("tools", "{" + USER + ",\"tools\":{}}"),
            Arguments.of("tools", "{" + USER + ",\"tools\":[" + "{},".repeat(128) + "{}]}"),
            tool("tools[0]", "5"),
            tool("tools[0].type", "{}"),
            tool("tools[0].type", "{\"type\":7}"),
            tool("tools[0].type", "{\"type\":\"web_search\"}"),
            tool("tools[0].function", "{\"type\":\"function\"}"),
            tool("tools[0].function", "{\"type\":\"function\",\"function\":[]}"),
            function("name", ""),
            function("name", "\"name\":\"\""),
            function("name", "\"name\":\"a b\""),
            function("name", "\"name\":\"" + "a".repeat(65) + "\""),
            function("name", "\"name\":{}"),
            function("description", "\"name\":\"a\",\"description\":[]"),
            function("description", "\"name\":\"a\",\"description\":\"" + "a".repeat(16385) + "\""),
            function("parameters", "\"name\":\"a\",\"parameters\":\"{}\""),
            function("parameters", "\"name\":\"a\",\"parameters\":{\"a\":\"" + "a".repeat(65536) + "\"}"),
            function("strict", "\"name\":\"a\",\"strict\":\"yes\""),
            Arguments.of(
                    "tools[1].function.name",
                    "{" + USER + ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a\"}},"
                            + "{\"type\":\"function\",\"function\":{\"name\":\"a\"}}]}"),
            Arguments.of("functions", "{" + USER + ",\"functions\":[{\"name\":\"a\"}]}"),
            Arguments.of("function_call", "{" + USER + ",\"function_call\":\"auto\"}"),
            Arguments.of("parallel_tool_calls", "{" + USER + ",\"parallel_tool_calls\":1}"),
            Arguments.of("tool_choice", "{" + USER + ",\"tool_choice\":\"required\"}"),
            Arguments.of(
                    "tool_choice",
                    "{" + USER + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"a\"}}}"),
            choice("tool_choice", "\"any\""),
            choice("tool_choice", "5"),
            choice("tool_choice.type", "{}"),
            choice("tool_choice.function", "{\"type\":\"function\"}"),
            choice("tool_choice.function.name", "{\"type\":\"function\",\"function\":{\"name\":\"nobody\"}}"),
            choice("tool_choice.function.name", "{\"type\":\"function\",\"function\":{\"name\":null}}"),
            call("", "{}"),
            call("", "[" + "{},".repeat(128) + "{}]"),
            call("[0]", "[[]]"),
            call("[0].type", "[{\"id\":\"a\"}]"),
            call("[0].id", "[{\"type\":\"function\",\"function\":{\"name\":\"a\"}}]"),
            call("[0].function", "[{\"id\":\"a\",\"type\":\"function\"}]"),
            call("[0].function.name", "[{\"id\":\"a\",\"type\":\"function\",\"function\":{}}]"),
            call(
                    "[0].function.arguments",
                    "[{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"a\",\"arguments\":{}}}]"),
            Arguments.of("messages[0].tool_call_id", "{\"messages\":[{\"role\":\"tool\",\"content\":\"a\"}]}"),
            Arguments.of(
                    "messages[0].tool_call_id",
                    "{\"messages\":[{\"role\":\"tool\",\"content\":\"a\",\"tool_call_id\":5}]}"),
            Arguments.of("messages[0].content", "{\"messages\":[{\"role\":\"tool\",\"tool_call_id\":\"a\"}]}"),
            Arguments.of("messages[0].role", "{\"messages\":[{\"role\":\"function\",\"content\":\"a\"}]}"),
            Arguments.of(
                    "messages[0].tool_calls",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"tool_calls\":[{}]}]}"),
            Arguments.of(
                    "messages[0].reasoning_content",
                    "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":[]}]}"),
            variables("", "[]"),
            variables("", "{\"messages\":[]}"),
            variables("", "{\"tools\":null}"),
            variables("", "{\"add_generation_prompt\":false}"),
            variables("", "{\"chat_template\":\"x\"}"),
            variables(".enable_thinking", "{\"enable_thinking\":\"yes\"}"),
            variables(".enable_thinking", "{\"enable_thinking\":{}}"),
            variables(".date_string", "{\"date_string\":\"" + "a".repeat(257) + "\"}"));

    @ParameterizedTest
    @FieldSource("ERRORS")
    void namesTheFieldAtFault(String param, String body) throws Exception {
        HttpResponse<String> response = server.post(PATH, body);
        assertEquals(400, response.statusCode(), response.body());
        assertEquals(param, json(response).get("error").get("param").textValue(), response.body());
    }
}
