// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.EmbeddingException;
import dev.dendra.engine.EmbeddingService.Pooling;
import dev.dendra.engine.GenerationEvent.FailureKind;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingsTest {
    private static final String PATH = "/v1/embeddings";

    private final ScriptedEmbeddings embeddings = new ScriptedEmbeddings();
    private final RunningServer server = new RunningServer(
            HttpServerOptions.defaults(),
            engine -> ServedModels.only(RunningServer.model("e", false, engine, embeddings)));

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void answersInTheOrderOfTheTexts() throws Exception {
        JsonNode answer = json(server.post(PATH, "{\"input\":[\"ab\",\"@\"]}"));
        assertEquals(
                json("{\"object\":\"list\",\"data\":["
                        + "{\"object\":\"embedding\",\"index\":0,\"embedding\":[2.0,97.0,0.3828125]},"
                        + "{\"object\":\"embedding\",\"index\":1,\"embedding\":[1.0,64.0,0.25]}],"
                        + "\"model\":\"e\",\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3}}"),
                json(answer.toString()));
        assertEquals(Pooling.MEAN, embeddings.poolings.take());
    }

    @Test
    void takesTokenIdsAndAnotherPooling() throws Exception {
        JsonNode one = json(server.post(PATH, "{\"input\":[64,65],\"pooling\":\"last\",\"dimensions\":3}"));
        assertEquals(1, one.get("data").size());
        assertEquals(Pooling.LAST, embeddings.poolings.take());
        JsonNode two = json(server.post(PATH, "{\"input\":[[64,65],[66]]}"));
        assertEquals(2, two.get("data").size());
    }

    @Test
    void encodesInBase64() throws Exception {
        JsonNode answer = json(server.post(PATH, "{\"input\":\"@\",\"encoding_format\":\"base64\"}"));
        byte[] bytes = Base64.getDecoder()
                .decode(answer.get("data").get(0).get("embedding").textValue());
        ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(12, bytes.length);
        assertEquals(1, floats.getFloat());
        assertEquals(64, floats.getFloat());
        assertEquals(0.25f, floats.getFloat());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "input|{}",
                "input|{\"input\":[]}",
                "input[0]|{\"input\":[\"\"]}",
                "input[1]|{\"input\":[1,\"a\"]}",
                "dimensions|{\"input\":\"a\",\"dimensions\":2}",
                "encoding_format|{\"input\":\"a\",\"encoding_format\":\"hex\"}",
                "pooling|{\"input\":\"a\",\"pooling\":\"max\"}",
                "truncate_prompt_tokens|{\"input\":\"a\",\"truncate_prompt_tokens\":4}"
            })
    void namesTheFieldAtFault(String param, String body) throws Exception {
        HttpResponse<String> response = server.post(PATH, body);
        assertEquals(400, response.statusCode());
        assertEquals(param, json(response).get("error").get("param").textValue());
    }

    @Test
    void boundsTextsAndTheirLengths() throws Exception {
        assertEquals(
                400,
                server.post(PATH, "{\"input\":[" + "[1],".repeat(2048) + "[1]]}")
                        .statusCode());
        HttpResponse<String> tooLong =
                server.post(PATH, "{\"input\":\"" + "a".repeat(ScriptedService.CONTEXT_LENGTH + 1) + "\"}");
        assertEquals(400, tooLong.statusCode());
        assertEquals(
                "context_length_exceeded",
                json(tooLong).get("error").get("code").textValue());
    }

    @ParameterizedTest
    @CsvSource({"DEADLINE, 504, deadline_exceeded", "ERROR, 500, internal_error"})
    void tellsWhatWentWrong(FailureKind kind, int status, String code) throws Exception {
        embeddings.fail(new EmbeddingException(kind, "the reason"));
        HttpResponse<String> response = server.post(PATH, "{\"input\":\"a\"}");
        assertEquals(status, response.statusCode());
        assertEquals(code, json(response).get("error").get("code").textValue());
        assertEquals("the reason", json(response).get("error").get("message").textValue());
    }

    @Test
    void refusesModelsThatMakeNone() throws Exception {
        try (RunningServer without = new RunningServer()) {
            HttpResponse<String> response = without.post(PATH, "{\"input\":\"a\"}");
            assertEquals(400, response.statusCode());
            assertEquals("model", json(response).get("error").get("param").textValue());
        }
    }
}
