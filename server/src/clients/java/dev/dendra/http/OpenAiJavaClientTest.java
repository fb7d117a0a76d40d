// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.SseException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.tokenizer.ByteTokenizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** OpenAI's own client in Java against our server. */
class OpenAiJavaClientTest {
    private final RunningServer server = new RunningServer(
            HttpServerOptions.defaults(),
            engine -> ServedModels.only(RunningServer.model("m", false, engine, new ScriptedEmbeddings())));
    private final OpenAIClient client = OpenAIOkHttpClient.builder()
            .baseUrl("http://127.0.0.1:" + server.port() + "/v1")
            .apiKey("none")
            .maxRetries(0)
            .build();

    @JsonClassDescription("Tells the weather of a place.")
    static final class GetWeather {
        public String place = "";
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void listsModels() {
        assertEquals("m", client.models().list().data().getFirst().id());
    }

    @Test
    void completes() {
        server.engine.script(generation -> generation.say("hi").finish(FinishReason.LENGTH));
        Completion completion = client.completions()
                .create(CompletionCreateParams.builder()
                        .model("m")
                        .prompt("a")
                        .logprobs(1)
                        .bestOf(2)
                        .build());
        completion.validate();
        assertEquals("hi", completion.choices().getFirst().text());
        assertEquals(4, completion.usage().orElseThrow().completionTokens());
    }

    @Test
    void chats() {
        server.engine.script(
                generation -> generation.say("hi").token(ByteTokenizer.END).finish(FinishReason.STOP));
        ChatCompletion completion =
                client.chat().completions().create(chat().logprobs(true).topLogprobs(1).build());
        completion.validate();
        ChatCompletion.Choice choice = completion.choices().getFirst();
        assertEquals("hi", choice.message().content().orElseThrow());
        assertEquals(ChatCompletion.Choice.FinishReason.STOP, choice.finishReason());
        assertEquals(2, choice.logprobs().orElseThrow().content().orElseThrow().size());
    }

    @Test
    void streamsChat() {
        server.engine.script(generation -> generation.say("hi").finish(FinishReason.LENGTH));
        ChatCompletionCreateParams params = chat().streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
        StringBuilder text = new StringBuilder();
        List<Long> usages = new ArrayList<>();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(params)) {
            stream.stream().forEach(chunk -> {
                chunk.validate();
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
                chunk.usage().ifPresent(usage -> usages.add(usage.completionTokens()));
            });
        }
        assertEquals("hi", text.toString());
        assertEquals(List.of(2L), usages);
    }

    @Test
    void callsTools() {
        server.engine.script(generation -> generation
                .say("<tool_call>{\"name\": \"GetWeather\", \"arguments\": {\"place\": \"Oslo\"}}</tool_call>")
                .token(ByteTokenizer.END)
                .finish(FinishReason.STOP));
        ChatCompletionCreateParams params = chat().addTool(GetWeather.class).build();
        ChatCompletion whole = client.chat().completions().create(params);
        whole.validate();
        assertCalls(whole);
        ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(params)) {
            stream.stream().forEach(chunk -> {
                chunk.validate();
                accumulator.accumulate(chunk);
            });
        }
        assertCalls(accumulator.chatCompletion());
        // What comes back in the next request is what was sent.
        client.chat()
                .completions()
                .create(params.toBuilder()
                        .addMessage(whole.choices().getFirst().message())
                        .build());
    }

    private static void assertCalls(ChatCompletion completion) {
        ChatCompletion.Choice choice = completion.choices().getFirst();
        assertEquals(ChatCompletion.Choice.FinishReason.TOOL_CALLS, choice.finishReason());
        assertTrue(choice.message().content().isEmpty());
        ChatCompletionMessageFunctionToolCall call =
                choice.message().toolCalls().orElseThrow().getFirst().asFunction();
        assertEquals("GetWeather", call.function().name());
        assertEquals("Oslo", call.function().arguments(GetWeather.class).place);
    }

    @Test
    void hearsOfAFailureInTheMiddle() {
        server.engine.script(generation -> generation.say("h").fail("the step broke"));
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(chat().build())) {
            SseException failure =
                    assertThrows(SseException.class, () -> stream.stream().forEach(chunk -> {}));
            assertTrue(String.valueOf(failure.getMessage()).contains("the step broke"));
        }
    }

    @Test
    void responds() {
        server.engine.script(
                generation -> generation.say("hi").token(ByteTokenizer.END).finish(FinishReason.STOP));
        Response response = client.responses().create(response().build());
        response.validate();
        assertEquals(ResponseStatus.COMPLETED, response.status().orElseThrow());
        assertEquals(
                "hi",
                response.output()
                        .getFirst()
                        .asMessage()
                        .content()
                        .getFirst()
                        .asOutputText()
                        .text());
    }

    @Test
    void streamsAResponse() {
        server.engine.script(generation -> generation.say("hi").finish(FinishReason.LENGTH));
        StringBuilder text = new StringBuilder();
        List<ResponseStreamEvent> events = new ArrayList<>();
        try (StreamResponse<ResponseStreamEvent> stream =
                client.responses().createStreaming(response().build())) {
            stream.stream().forEach(event -> {
                event.validate();
                events.add(event);
                event.outputTextDelta().ifPresent(delta -> text.append(delta.delta()));
            });
        }
        assertEquals("hi", text.toString());
        assertTrue(events.getFirst().isCreated());
        assertTrue(events.getLast().isIncomplete());
    }

    @Test
    void embeds() {
        CreateEmbeddingResponse response = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("m")
                        .inputOfArrayOfStrings(List.of("ab", "@"))
                        .build());
        response.validate();
        List<Float> vector = response.data().get(1).embedding();
        assertArrayEquals(new Float[] {1f, 64f, 0.25f}, vector.toArray(Float[]::new));
    }

    @Test
    void knowsErrorsApart() {
        BadRequestException bad = assertThrows(BadRequestException.class, () -> client.chat()
                .completions()
                .create(chat().temperature(9).build()));
        assertEquals("temperature", bad.param().orElseThrow());
        assertThrows(NotFoundException.class, () -> client.models().retrieve("other"));
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder().model("m").addDeveloperMessage("be brief").addUserMessage("hello");
    }

    private static ResponseCreateParams.Builder response() {
        return ResponseCreateParams.builder().model("m").input("hello");
    }
}
