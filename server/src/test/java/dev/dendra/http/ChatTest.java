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
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChatTest {
    private static final String PATH = "/v1/chat/completions";
    private static final String HELLO = "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]";

    private final RunningServer server = new RunningServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void answersAsTheAssistant() throws Exception {
        server.engine.script(
                generation -> generation.say("hi").token(ByteTokenizer.END).finish(FinishReason.STOP));
        JsonNode answer = json(server.post(PATH, "{" + HELLO + "}"));
        assertEquals("chat.completion", answer.get("object").textValue());
        assertTrue(answer.get("id").textValue().startsWith("chatcmpl-"));
        assertEquals(
                json("[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hi\",\"refusal\":null},"
                        + "\"logprobs\":null,\"finish_reason\":\"stop\"}]"),
                answer.get("choices"));
        int promptTokens = "user:hello\nassistant:".length();
        assertEquals(promptTokens, answer.get("usage").get("prompt_tokens").intValue());
        GenerationRequest request = server.engine.next().request();
        assertArrayEquals(ByteTokenizer.tokens("user:hello\nassistant:"), request.promptTokens());
        assertEquals(ScriptedService.CONTEXT_LENGTH - promptTokens, request.maximumTokens());
    }

    @Test
    void rendersRolesAndParts() throws Exception {
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        server.post(PATH, """
                {"max_tokens":5,"max_completion_tokens":7,"messages":[{"role":"developer","content":"be brief"},
                 {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
                 {"role":"assistant","content":null},{"role":"user","content":"c","name":"n"}]}""");
        GenerationRequest request = server.engine.next().request();
        assertArrayEquals(
                ByteTokenizer.tokens("system:be brief\nuser:ab\nassistant:\nuser:c\nassistant:"),
                request.promptTokens());
        assertEquals(7, request.maximumTokens());
    }

    @Test
    void streamsTheRoleWithTheFirstText() throws Exception {
        server.engine.script(generation -> generation.say("hi").finish(FinishReason.LENGTH));
        HttpResponse<String> response =
                server.post(PATH, "{" + HELLO + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        String chunk = "data: {\"id\":\"ID\",\"object\":\"chat.completion.chunk\",\"created\":0,"
                + "\"model\":\"test-model\",\"choices\":[%s],\"usage\":%s}\n\n";
        String choice = "{\"index\":0,\"delta\":{%s},\"logprobs\":null,\"finish_reason\":%s}";
        assertEquals(
                chunk.formatted(choice.formatted("\"role\":\"assistant\",\"content\":\"h\"", null), null)
                        + chunk.formatted(choice.formatted("\"content\":\"i\"", null), null)
                        + chunk.formatted(choice.formatted("", "\"length\""), null)
                        + chunk.formatted(
                                "",
                                "{\"prompt_tokens\":21,\"completion_tokens\":2,\"total_tokens\":23,\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}")
                        + "data: [DONE]\n\n",
                response.body()
                        .replaceAll("chatcmpl-[0-9a-f]{32}", "ID")
                        .replaceAll("\"created\":\\d+", "\"created\":0"));
    }

    @Test
    void scoresTokensInTheChatShape() throws Exception {
        server.engine.script(
                generation -> generation.say("d").token(ByteTokenizer.END).finish(FinishReason.STOP));
        JsonNode answer = json(server.post(PATH, "{" + HELLO + ",\"logprobs\":true,\"top_logprobs\":1}"));
        assertEquals(
                json("{\"content\":[{\"token\":\"d\",\"logprob\":-100.0,\"bytes\":[100],"
                        + "\"top_logprobs\":[{\"token\":\"A\",\"logprob\":-0.5,\"bytes\":[65]}]}],\"refusal\":null}"),
                answer.get("choices").get(0).get("logprobs"));
        GenerationRequest request = server.engine.next().request();
        assertEquals(1, request.logprobs());
        assertFalse(request.promptLogprobs());
    }

    @Test
    void passesOnWhatTheTemplateRefuses() throws Exception {
        HttpResponse<String> response =
                server.post(PATH, "{\"messages\":[{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"x\"}]}");
        assertEquals(400, response.statusCode());
        JsonNode error = json(response).get("error");
        assertEquals("messages", error.get("param").textValue());
        assertTrue(error.get("message").textValue().contains("no tools here"));
    }
}
