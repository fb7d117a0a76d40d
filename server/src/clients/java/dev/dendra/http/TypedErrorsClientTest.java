// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.dendra.engine.EngineException;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.openai.OpenAiChatModel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Refusals arrive as the exceptions that users of the clients catch. */
class TypedErrorsClientTest {
    private static final String ALICE = ApiKeys.random();
    private static final String BOB = ApiKeys.random();

    @TempDir
    private Path folder;

    private RunningServer server;

    @BeforeEach
    void start() throws Exception {
        Path keys = folder.resolve("keys");
        Files.writeString(
                keys, "alice:" + ApiKeys.hash(ALICE) + "\nbob:" + ApiKeys.hash(BOB) + ":rpm=60\n");
        server = RunningServer.withKeys(keys);
        server.engine.script(generation -> generation.say("hi").finish(FinishReason.LENGTH));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void openAiJavaHearsOfAWrongKey() {
        try (Closing wrong = openAi("dk-wrong", 0)) {
            UnauthorizedException refusal = assertThrows(UnauthorizedException.class, () -> chat(wrong, "hello"));
            assertEquals("invalid_api_key", refusal.code().orElseThrow());
            assertIdentified(refusal);
        }
    }

    @Test
    void openAiJavaHearsOfAnUnknownModel() {
        try (Closing alice = openAi(ALICE, 0)) {
            NotFoundException refusal = assertThrows(
                    NotFoundException.class,
                    () -> alice.client()
                            .chat()
                            .completions()
                            .create(ChatCompletionCreateParams.builder()
                                    .model("other")
                                    .addUserMessage("hello")
                                    .build()));
            assertEquals("model_not_found", refusal.code().orElseThrow());
            assertEquals("model", refusal.param().orElseThrow());
            assertIdentified(refusal);
        }
    }

    @Test
    void openAiJavaHearsThatThereIsNoRoom() {
        server.engine.refuse(EngineException.Reason.QUEUE_FULL);
        try (Closing alice = openAi(ALICE, 0)) {
            RateLimitException refusal = assertThrows(RateLimitException.class, () -> chat(alice, "hello"));
            assertEquals("queue_full", refusal.code().orElseThrow());
            assertEquals("rate_limit_error", refusal.type().orElseThrow());
            assertTrue(!refusal.headers().values("retry-after").isEmpty());
        }
    }

    @Test
    void openAiJavaHearsThatTheModelIsNotThere() {
        server.engine.refuse(EngineException.Reason.STOPPING);
        try (Closing alice = openAi(ALICE, 0)) {
            InternalServerException refusal = assertThrows(InternalServerException.class, () -> chat(alice, "hello"));
            assertEquals(503, refusal.statusCode());
        }
    }

    @Test
    void openAiJavaHearsOfAPromptThatDoesNotFit() {
        server.engine.refuse(EngineException.Reason.PROMPT_TOO_LONG);
        try (Closing alice = openAi(ALICE, 0)) {
            BadRequestException refusal = assertThrows(BadRequestException.class, () -> chat(alice, "hello"));
            assertEquals("context_length_exceeded", refusal.code().orElseThrow());
            assertEquals("messages", refusal.param().orElseThrow());
        }
    }

    /** Bob has used up what he may ask for; his client is told when he may go on, and goes on then. */
    @Test
    void openAiJavaComesBackWhenItIsTold() {
        try (Closing impatient = openAi(BOB, 0)) {
            assertThrows(RateLimitException.class, () -> {
                for (int i = 0; i < 1000; i++) {
                    chat(impatient, "hello");
                }
            });
        }
        try (Closing patient = openAi(BOB, 2)) {
            chat(patient, "hello");
        }
    }

    @Test
    void langChainHearsOfAWrongKey() {
        assertThrows(AuthenticationException.class, () -> langChain("dk-wrong", RunningServer.MODEL, 1)
                .chat("hello"));
    }

    @Test
    void langChainHearsOfAnUnknownModel() {
        assertThrows(ModelNotFoundException.class, () -> langChain(ALICE, "other", 1)
                .chat("hello"));
    }

    @Test
    void langChainHearsOfAWrongField() {
        assertThrows(InvalidRequestException.class, () -> langChain(ALICE, RunningServer.MODEL, 9)
                .chat("hello"));
    }

    @Test
    void langChainHearsThatThereIsNoRoom() {
        server.engine.refuse(EngineException.Reason.QUEUE_FULL);
        assertThrows(
                dev.langchain4j.exception.RateLimitException.class,
                () -> langChain(ALICE, RunningServer.MODEL, 1).chat("hello"));
    }

    private static void assertIdentified(OpenAIServiceException refusal) {
        assertEquals("invalid_request_error", refusal.type().orElseThrow());
        assertEquals(1, refusal.headers().values("x-request-id").size());
    }

    private static void chat(Closing client, String text) {
        client.client()
                .chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model(RunningServer.MODEL)
                        .addUserMessage(text)
                        .build());
    }

    private Closing openAi(String key, int retries) {
        return new Closing(OpenAIOkHttpClient.builder()
                .baseUrl(server.url("/v1"))
                .apiKey(key)
                .maxRetries(retries)
                .build());
    }

    private OpenAiChatModel langChain(String key, String model, double temperature) {
        return OpenAiChatModel.builder()
                .baseUrl(server.url("/v1"))
                .apiKey(key)
                .modelName(model)
                .temperature(temperature)
                .maxRetries(0)
                .build();
    }

    /** A client for try-with-resources, which it does not know. */
    private record Closing(OpenAIClient client) implements AutoCloseable {
        @Override
        public void close() {
            client.close();
        }
    }
}
