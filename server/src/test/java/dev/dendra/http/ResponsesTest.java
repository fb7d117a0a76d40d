// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationRequest;
import dev.dendra.tokenizer.ByteTokenizer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponsesTest {
    private static final String PATH = "/v1/responses";

    private final RunningServer server = new RunningServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void answersWithOneMessage() throws Exception {
        server.engine.script(
                generation -> generation.say("hi").token(ByteTokenizer.END).finish(FinishReason.STOP));
        JsonNode response = json(server.post(
                PATH, "{\"input\":\"hello\",\"temperature\":0.5,\"metadata\":{\"k\":\"v\"},\"store\":true}"));
        assertEquals("response", response.get("object").textValue());
        assertTrue(response.get("id").textValue().startsWith("resp_"));
        assertEquals("completed", response.get("status").textValue());
        assertTrue(response.get("incomplete_details").isNull());
        assertFalse(response.get("store").booleanValue());
        assertEquals(0.5, response.get("temperature").doubleValue());
        assertEquals(json("{\"k\":\"v\"}"), response.get("metadata"));
        JsonNode message = response.get("output").get(0);
        assertTrue(message.get("id").textValue().startsWith("msg_"));
        assertEquals("completed", message.get("status").textValue());
        assertEquals(
                json("[{\"type\":\"output_text\",\"text\":\"hi\",\"annotations\":[],\"logprobs\":[]}]"),
                message.get("content"));
        int promptTokens = "user:hello\nassistant:".length();
        assertEquals(
                json("{\"input_tokens\":" + promptTokens
                        + ",\"input_tokens_details\":{\"cached_tokens\":0,\"cache_write_tokens\":0},"
                        + "\"output_tokens\":3,\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":"
                        + (promptTokens + 3) + "}"),
                response.get("usage"));
    }

    @Test
    void rendersInstructionsAndItems() throws Exception {
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        server.post(PATH, """
                {"instructions":"be brief","max_output_tokens":7,"input":[
                 {"role":"developer","content":"no jokes"},
                 {"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]},
                 {"type":"reasoning","id":"rs_1","summary":[]},
                 {"type":"message","id":"msg_1","status":"completed","role":"assistant",
                  "content":[{"type":"output_text","text":"c","annotations":[]}]},
                 {"role":"user","content":"d"}]}""");
        GenerationRequest request = server.engine.next().request();
        assertArrayEquals(
                ByteTokenizer.tokens("system:be brief\nsystem:no jokes\nuser:ab\nassistant:c\nuser:d\nassistant:"),
                request.promptTokens());
        assertEquals(7, request.maximumTokens());
    }

    @Test
    void isIncompleteWhenItIsCut() throws Exception {
        server.engine.script(generation -> generation.say("hi").finish(FinishReason.LENGTH));
        JsonNode response = json(server.post(PATH, "{\"input\":\"x\",\"max_output_tokens\":2}"));
        assertEquals("incomplete", response.get("status").textValue());
        assertEquals(json("{\"reason\":\"max_output_tokens\"}"), response.get("incomplete_details"));
        assertEquals("incomplete", response.get("output").get(0).get("status").textValue());
    }

    @Test
    void streamsNamedEventsInOrder() throws Exception {
        server.engine.script(
                generation -> generation.say("hi").token(ByteTokenizer.END).finish(FinishReason.STOP));
        HttpResponse<String> response = server.post(PATH, "{\"input\":\"x\",\"stream\":true}");
        assertTrue(response.body().endsWith("\n\ndata: [DONE]\n\n"));
        List<JsonNode> events = events(response.body());
        assertEquals(
                List.of(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.completed"),
                events.stream().map(event -> event.get("type").textValue()).toList());
        for (int i = 0; i < events.size(); i++) {
            assertEquals(i, events.get(i).get("sequence_number").intValue());
        }
        JsonNode created = events.getFirst().get("response");
        assertEquals("in_progress", created.get("status").textValue());
        assertEquals(json("[]"), created.get("output"));
        String item = events.get(2).get("item").get("id").textValue();
        for (JsonNode event : events.subList(3, 8)) {
            assertEquals(item, event.get("item_id").textValue());
            assertEquals(0, event.get("output_index").intValue());
            assertEquals(0, event.get("content_index").intValue());
        }
        assertEquals("h", events.get(4).get("delta").textValue());
        assertEquals("hi", events.get(6).get("text").textValue());
        JsonNode last = events.getLast().get("response");
        assertEquals("completed", last.get("status").textValue());
        assertEquals(events.get(8).get("item"), last.get("output").get(0));
        assertEquals(3, last.get("usage").get("output_tokens").intValue());
        assertEquals(created.get("id"), last.get("id"));
    }

    @Test
    void endsAStreamThatIsCutAsIncomplete() throws Exception {
        server.engine.script(generation -> generation.say("h").finish(FinishReason.LENGTH));
        List<JsonNode> events =
                events(server.post(PATH, "{\"input\":\"x\",\"stream\":true}").body());
        assertEquals("response.incomplete", events.getLast().get("type").textValue());
    }

    @Test
    void endsAStreamThatFailsAsFailed() throws Exception {
        server.engine.script(generation -> generation.say("h").fail("the step broke"));
        String body = server.post(PATH, "{\"input\":\"x\",\"stream\":true}").body();
        List<JsonNode> events = events(body);
        JsonNode last = events.getLast();
        assertEquals("response.failed", last.get("type").textValue());
        assertEquals("failed", last.get("response").get("status").textValue());
        assertEquals(
                json("{\"code\":\"server_error\",\"message\":\"the step broke\"}"),
                last.get("response").get("error"));
        assertTrue(body.endsWith("data: [DONE]\n\n"));
    }

    @Test
    void scoresTheText() throws Exception {
        server.engine.script(
                generation -> generation.say("h").token(ByteTokenizer.END).finish(FinishReason.STOP));
        JsonNode response = json(server.post(
                PATH, "{\"input\":\"x\",\"include\":[\"message.output_text.logprobs\"],\"top_logprobs\":1}"));
        assertEquals(
                json("[{\"token\":\"h\",\"logprob\":-104.0,\"bytes\":[104],"
                        + "\"top_logprobs\":[{\"token\":\"A\",\"logprob\":-0.5,\"bytes\":[65]}]}]"),
                json(response.get("output")
                        .get(0)
                        .get("content")
                        .get(0)
                        .get("logprobs")
                        .toString()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "input|{}",
                "input|{\"input\":[]}",
                "input|{\"input\":5}",
                "input[0].type|{\"input\":[{\"type\":\"item_reference\",\"id\":\"x\"}]}",
                "input[0].role|{\"input\":[{\"role\":\"tool\",\"content\":\"x\"}]}",
                "input[0].content|{\"input\":[{\"role\":\"user\"}]}",
                "input[0].content[0].type|{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\"}]}]}",
                "previous_response_id|{\"input\":\"x\",\"previous_response_id\":\"resp_1\"}",
                "conversation|{\"input\":\"x\",\"conversation\":\"conv_1\"}",
                "background|{\"input\":\"x\",\"background\":true}",
                "text.format.type|{\"input\":\"x\",\"text\":{\"format\":{\"type\":\"xml\"}}}",
                "text.format.schema|{\"input\":\"x\",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"a\"}}}",
                "text.format.type|{\"input\":\"x\",\"text\":{\"format\":{}}}",
                "text.format|{\"input\":\"x\",\"text\":{\"format\":\"json_object\"}}",
                "text.format.type|{\"input\":\"x\",\"regex\":\"a\",\"text\":{\"format\":{\"type\":\"json_object\"}}}",
                "max_output_tokens|{\"input\":\"x\",\"max_output_tokens\":0}",
                "top_logprobs|{\"input\":\"x\",\"top_logprobs\":21}",
                "n|{\"input\":\"x\",\"n\":2}",
                "user|{\"input\":\"x\",\"user\":5}"
            })
    void namesTheFieldAtFault(String param, String body) throws Exception {
        HttpResponse<String> response = server.post(PATH, body);
        assertEquals(400, response.statusCode(), response.body());
        assertEquals(param, json(response).get("error").get("param").textValue());
    }

    /** The events' data; fails unless each goes under the name that its data gives. */
    private static List<JsonNode> events(String body) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        for (String event : body.split("\n\n", -1)) {
            if (!event.isEmpty() && !event.startsWith(":") && !event.equals("data: [DONE]")) {
                String[] lines = event.split("\n", -1);
                assertEquals(2, lines.length, event);
                JsonNode data = json(lines[1].substring("data: ".length()));
                assertEquals("event: " + data.get("type").textValue(), lines[0]);
                events.add(data);
            }
        }
        return events;
    }
}
