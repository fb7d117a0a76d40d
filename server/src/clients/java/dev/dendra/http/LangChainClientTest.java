// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.tokenizer.ByteTokenizer;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** LangChain4j's OpenAI models against our server. */
class LangChainClientTest {
    private final RunningServer server = new RunningServer(
            HttpServerOptions.defaults(),
            engine -> ServedModels.only(RunningServer.model("m", false, engine, new ScriptedEmbeddings())));
    private final String url = "http://127.0.0.1:" + server.port() + "/v1";

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void chats() {
        server.engine.script(
                generation -> generation.say("hi").token(ByteTokenizer.END).finish(FinishReason.STOP));
        ChatResponse response = OpenAiChatModel.builder()
                .baseUrl(url)
                .apiKey("none")
                .modelName("m")
                .build()
                .chat(UserMessage.from("hello"));
        assertEquals("hi", response.aiMessage().text());
        assertEquals(dev.langchain4j.model.output.FinishReason.STOP, response.finishReason());
        assertEquals(3, response.tokenUsage().outputTokenCount());
    }

    @Test
    void streams() throws Exception {
        server.engine.script(generation -> generation.say("hi").finish(FinishReason.LENGTH));
        ChatResponse response = stream().get(RunningServer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertEquals("hi", response.aiMessage().text());
        assertEquals(2, response.tokenUsage().outputTokenCount());
    }

    @Test
    void callsTools() throws Exception {
        server.engine.script(generation -> generation
                .say("<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"place\": \"Oslo\"}}</tool_call>")
                .token(ByteTokenizer.END)
                .finish(FinishReason.STOP));
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("What is the weather in Oslo?"))
                .toolSpecifications(ToolSpecification.builder()
                        .name("get_weather")
                        .parameters(JsonObjectSchema.builder()
                                .addStringProperty("place")
                                .build())
                        .build())
                .build();
        ChatResponse whole = OpenAiChatModel.builder()
                .baseUrl(url)
                .apiKey("none")
                .modelName("m")
                .build()
                .chat(request);
        ChatResponse streamed = stream(request).get(RunningServer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        for (ChatResponse response : List.of(whole, streamed)) {
            assertEquals(dev.langchain4j.model.output.FinishReason.TOOL_EXECUTION, response.finishReason());
            ToolExecutionRequest call = response.aiMessage().toolExecutionRequests().getFirst();
            assertEquals("get_weather", call.name());
            assertEquals(RunningServer.json("{\"place\":\"Oslo\"}"), RunningServer.json(call.arguments()));
        }
    }

    @Test
    void hearsOfAFailureInTheMiddle() {
        server.engine.script(generation -> generation.say("h").fail("the step broke"));
        ExecutionException failure = assertThrows(
                ExecutionException.class, () -> stream().get(RunningServer.PATIENCE.toSeconds(), TimeUnit.SECONDS));
        assertTrue(String.valueOf(failure.getCause()).contains("the step broke"), failure.toString());
    }

    @Test
    void embeds() {
        float[] vector = OpenAiEmbeddingModel.builder()
                .baseUrl(url)
                .apiKey("none")
                .modelName("m")
                .build()
                .embed("@")
                .content()
                .vector();
        assertArrayEquals(new float[] {1, 64, 0.25f}, vector);
    }

    private CompletableFuture<ChatResponse> stream() {
        return stream(ChatRequest.builder().messages(UserMessage.from("hello")).build());
    }

    private CompletableFuture<ChatResponse> stream(ChatRequest request) {
        CompletableFuture<ChatResponse> answer = new CompletableFuture<>();
        OpenAiStreamingChatModel.builder()
                .baseUrl(url)
                .apiKey("none")
                .modelName("m")
                .build()
                .chat(request, new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(String text) {}

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        answer.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        answer.completeExceptionally(error);
                    }
                });
        return answer;
    }
}
