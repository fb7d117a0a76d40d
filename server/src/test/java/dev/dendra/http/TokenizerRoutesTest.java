// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerRoutesTest {
    private final RunningServer server = new RunningServer(HttpServerOptions.defaults(), true);

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void tokenizesAPrompt() throws Exception {
        assertEquals(
                json("{\"count\":3,\"max_model_len\":1000,\"tokens\":[256,104,105],\"token_strs\":null}"),
                json(server.post("/tokenize", "{\"prompt\":\"hi\"}")));
        assertEquals(
                json("{\"count\":2,\"max_model_len\":1000,\"tokens\":[104,105],\"token_strs\":[\"104\",\"105\"]}"),
                json(server.post(
                        "/tokenize", "{\"prompt\":\"hi\",\"add_special_tokens\":false,\"return_token_strs\":true}")));
    }

    @Test
    void tokenizesAConversationAsChatWould() throws Exception {
        String messages = "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        JsonNode answer = json(server.post("/tokenize", messages));
        assertEquals("user:hi\nassistant:".length(), answer.get("count").intValue());
        assertEquals(
                answer.get("tokens"),
                json(server.post("/v1/chat/completions/render", messages)).get("token_ids"));
    }

    @Test
    void detokenizesAndSpellsControlTokens() throws Exception {
        assertEquals(
                json("{\"prompt\":\"<s>hé</s>\"}"),
                json(server.post("/detokenize", "{\"tokens\":[256,104,195,169,257]}")));
        assertEquals(json("{\"prompt\":\"\"}"), json(server.post("/detokenize", "{\"tokens\":[]}")));
    }

    @Test
    void tellsWhatEvaluatorsAskFor() throws Exception {
        JsonNode info = json(server.get("/tokenizer_info"));
        assertEquals("<s>", info.get("bos_token").textValue());
        assertEquals("</s>", info.get("eos_token").textValue());
        assertEquals(257, info.get("eos_token_id").intValue());
        assertEquals(1000, info.get("model_max_length").intValue());
        assertTrue(info.get("chat_template").isTextual());
        assertTrue(info.get("tokenizer_class").isTextual());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/tokenize|prompt|{}",
                "/tokenize|prompt|{\"prompt\":[1]}",
                "/tokenize|add_generation_prompt|{\"prompt\":\"a\",\"add_generation_prompt\":false}",
                "/tokenize|add_special_tokens|{\"add_special_tokens\":true,\"messages\":[{\"role\":\"user\",\"content\":\"\"}]}",
                "/detokenize|tokens|{}",
                "/detokenize|tokens[1]|{\"tokens\":[1,258]}",
                "/detokenize|tokens[0]|{\"tokens\":[-1]}"
            })
    void namesTheFieldAtFault(String path, String param, String body) throws Exception {
        HttpResponse<String> response = server.post(path, body);
        assertEquals(400, response.statusCode());
        assertEquals(param, json(response).get("error").get("param").textValue());
    }

    @Test
    void rendersEachPromptOfACompletion() throws Exception {
        JsonNode rendered = json(server.post(
                "/v1/completions/render",
                "{\"prompt\":[\"a\",[98,99]],\"n\":2,\"max_tokens\":7,\"temperature\":0,\"stop\":\"x\",\"seed\":5,"
                        + "\"stop_token_ids\":[66,65],\"cache_salt\":\"s\",\"priority\":-2}"));
        assertEquals(2, rendered.size());
        assertEquals(json("[256,97]"), rendered.get(0).get("token_ids"));
        assertEquals(json("[98,99]"), rendered.get(1).get("token_ids"));
        assertTrue(rendered.get(0).get("request_id").textValue().startsWith("cmpl-"));
        JsonNode sampling = rendered.get(1).get("sampling_params");
        assertEquals(2, sampling.get("n").intValue());
        assertEquals(7, sampling.get("max_tokens").intValue());
        assertEquals(5, sampling.get("seed").intValue());
        assertEquals(json("[\"x\"]"), sampling.get("stop"));
        assertEquals(json("[65,66]"), sampling.get("stop_token_ids"));
        assertEquals("s", rendered.get(1).get("cache_salt").textValue());
        assertEquals(-2, rendered.get(1).get("priority").intValue());
        assertTrue(server.engine.isIdle());
    }
}
