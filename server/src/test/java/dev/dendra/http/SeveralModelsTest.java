// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.GenerationEvent.FinishReason;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SeveralModelsTest {
    private final ScriptedService second = new ScriptedService();
    private final RunningServer server = new RunningServer(
            HttpServerOptions.defaults(),
            engine -> new ServedModels(List.of(
                    RunningServer.model("a", false, engine, null), RunningServer.model("b", true, second, null))));

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void listsThemInTheirOrder() throws Exception {
        server.ready.set(false);
        JsonNode data = json(server.get("/v1/models")).get("data");
        assertEquals(List.of("a", "b"), data.findValuesAsText("id"));
        assertEquals("b", json(server.get("/v1/models/b")).get("id").textValue());
    }

    @Test
    void asksTheOneThatIsNamed() throws Exception {
        server.engine.script(generation -> generation.say("1").finish(FinishReason.LENGTH));
        second.script(generation -> generation.say("2").finish(FinishReason.LENGTH));
        assertEquals("1", text("{\"prompt\":\"x\"}"));
        assertEquals("1", text("{\"prompt\":\"x\",\"model\":\"a\"}"));
        assertEquals("2", text("{\"prompt\":\"x\",\"model\":\"b\"}"));
        JsonNode chat = json(server.post(
                "/v1/chat/completions", "{\"model\":\"b\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"));
        assertEquals("b", chat.get("model").textValue());
        assertEquals(
                404,
                server.post("/v1/completions", "{\"prompt\":\"x\",\"model\":\"c\"}")
                        .statusCode());
    }

    @Test
    void tokenizesAsTheOneThatIsNamed() throws Exception {
        assertEquals(
                json("[120]"),
                json(server.post("/tokenize", "{\"prompt\":\"x\"}")).get("tokens"));
        assertEquals(
                json("[256,120]"),
                json(server.post("/tokenize", "{\"prompt\":\"x\",\"model\":\"b\"}"))
                        .get("tokens"));
        assertTrue(
                json(server.get("/tokenizer_info?model=b")).get("add_bos_token").booleanValue());
        assertEquals(404, server.get("/tokenizer_info?model=c").statusCode());
    }

    @Test
    void mustHaveNamesOfTheirOwn() {
        ServedModel model = RunningServer.model("a", false, second, null);
        assertThrows(IllegalArgumentException.class, () -> new ServedModels(List.of(model, model)));
        assertThrows(IllegalArgumentException.class, () -> new ServedModels(List.of()));
    }

    private String text(String body) throws Exception {
        return json(server.post("/v1/completions", body))
                .get("choices")
                .get(0)
                .get("text")
                .textValue();
    }
}
