// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionNamedToolChoice;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.completions.CompletionUsage;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import dev.dendra.TestModel;
import dev.dendra.http.HttpServerOptions;
import dev.dendra.http.PublicAccess;
import dev.dendra.kernels.KvType;
import dev.dendra.model.Activations;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.WeightPlacement;
import dev.dendra.platform.ThreadPlacement;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Other people's clients, our whole server, and a real model. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealModelClientTest {
    private static final String MODEL = "real";
    private static final String QUESTION = "What is the capital of France?";

    @TempDir
    static Path cache;

    private OpenedModel opened;
    private InferenceServer server;
    private OpenAIClient client;
    private String url;

    /** A class that a user wants an answer as. */
    static final class City {
        public String name = "";
        public int inhabitants;
        public boolean coastal;
    }

    @JsonClassDescription("Tells the weather of a place.")
    static final class GetWeather {
        public String place = "";
    }

    @BeforeAll
    void start() throws Exception {
        Path model = TestModel.require();
        opened = new ModelOpener(new CapturedConsole("", cache).console())
                .open(new ModelLocator.Location(MODEL, model), Optional.of(cache));
        server = InferenceServer.open(
                List.of(new NamedModel(MODEL, opened)),
                HttpServerOptions.defaults().withAddress("127.0.0.1", 0).withAdminAddress("127.0.0.1", 0),
                PublicAccess.open());
        server.load(
                KernelChoice.BEST,
                new ComputeChoice(2, 1024, Activations::defaultOf, WeightPlacement.AUTO, KvType.F32, ThreadPlacement.anywhere(2)),
                config -> KvCacheOptions.automatic(KvType.F32, 4),
                new EngineLimits(8, 4, 0, Duration.ofMinutes(1)));
        url = "http://127.0.0.1:" + server.port() + "/v1";
        client = OpenAIOkHttpClient.builder()
                .baseUrl(url)
                .apiKey("none")
                .maxRetries(0)
                .build();
    }

    @AfterAll
    void stop() throws Exception {
        if (client != null) {
            client.close();
        }
        if (server != null) {
            assertTrue(server.stop(Duration.ofSeconds(30)), "nothing was broken off");
        }
        if (opened != null) {
            opened.close();
        }
    }

    @Test
    void scoresPromptAndAnswer() {
        Completion completion = client.completions()
                .create(CompletionCreateParams.builder()
                        .model(MODEL)
                        .prompt("The capital of France is")
                        .maxTokens(4)
                        .temperature(0)
                        .logprobs(2)
                        .echo(true)
                        .build());
        CompletionUsage usage = completion.usage().orElseThrow();
        CompletionChoice choice = completion.choices().getFirst();
        assertTrue(choice.text().startsWith("The capital of France is Paris"), choice.text());
        CompletionChoice.Logprobs scores = choice.logprobs().orElseThrow();
        List<String> tokens = scores.tokens().orElseThrow();
        assertEquals(choice.text(), String.join("", tokens));
        assertEquals(usage.totalTokens(), tokens.size());
        assertEquals(usage.promptTokens() + usage.completionTokens(), usage.totalTokens());
        assertEquals(tokens.size(), scores.textOffset().orElseThrow().size());
        // The client's type for it has no null, though the first token has no probability.
        List<?> logprobs = (List<?>) scores._tokenLogprobs().asKnown().orElseThrow();
        assertEquals(tokens.size(), logprobs.size());
    }

    @Test
    void streamsWhatItAnswersWhole() {
        ChatCompletionCreateParams params =
                chat().addUserMessage(QUESTION).maxCompletionTokens(16).build();
        ChatCompletion whole = client.chat().completions().create(params);
        whole.validate();
        ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
        List<ChatCompletionChunk> chunks = new ArrayList<>();
        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(params.toBuilder()
                        .streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            stream.stream().forEach(chunk -> {
                chunk.validate();
                chunks.add(chunk);
                accumulator.accumulate(chunk);
            });
        }
        ChatCompletion streamed = accumulator.chatCompletion();
        assertEquals(text(whole), text(streamed));
        assertTrue(text(whole).contains("Paris"), text(whole));
        assertEquals(
                whole.usage().orElseThrow().completionTokens(),
                streamed.usage().orElseThrow().completionTokens());
        assertEquals(1, chunks.stream().map(ChatCompletionChunk::id).distinct().count());
        assertEquals(1, chunks.stream().map(ChatCompletionChunk::created).distinct().count());
        assertTrue(chunks.getLast().choices().isEmpty(), "the usage comes last");
    }

    @Test
    void callsATool() {
        ChatCompletionMessageFunctionToolCall call = callOfWeather();
        assertEquals("GetWeather", call.function().name());
        assertFalse(call.id().isEmpty());
    }

    /** The schema is the client's, and strict: what follows it can be read. */
    @Test
    void callsAToolAsItsClassSays() {
        requireConstraints();
        assertFalse(callOfWeather().function().arguments(GetWeather.class).place.isEmpty());
    }

    private ChatCompletionMessageFunctionToolCall callOfWeather() {
        ChatCompletion completion = client.chat()
                .completions()
                .create(chat().addUserMessage("What is the weather in Oslo?")
                        .addTool(GetWeather.class)
                        .toolChoice(ChatCompletionNamedToolChoice.builder()
                                .function(ChatCompletionNamedToolChoice.Function.builder()
                                        .name("GetWeather")
                                        .build())
                                .build())
                        .maxCompletionTokens(48)
                        .build());
        completion.validate();
        return completion
                .choices()
                .getFirst()
                .message()
                .toolCalls()
                .orElseThrow()
                .getFirst()
                .asFunction();
    }

    @Test
    void answersAsAnObject() {
        requireConstraints();
        City city = client.chat()
                .completions()
                .create(chat().addUserMessage(
                                "Describe the city of Oslo: its name, its inhabitants, whether it lies on the coast.")
                        .maxCompletionTokens(200)
                        .responseFormat(City.class)
                        .build())
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();
        assertFalse(city.name.isEmpty());
    }

    /** Skips a test where the server does not hold answers and calls to a schema. */
    private void requireConstraints() {
        try {
            client.chat()
                    .completions()
                    .create(chat().addUserMessage("Describe Oslo.")
                            .maxCompletionTokens(1)
                            .responseFormat(City.class)
                            .build());
        } catch (BadRequestException refusal) {
            assertTrue(refusal.param().orElse("").startsWith("response_format"), refusal.getMessage());
            abort("this server does not hold answers to a schema");
        }
    }

    @Test
    void respondsWholeAndInEvents() {
        ResponseCreateParams params = ResponseCreateParams.builder()
                .model(MODEL)
                .input(QUESTION)
                .temperature(0)
                .maxOutputTokens(12)
                .build();
        Response whole = client.responses().create(params);
        whole.validate();
        List<ResponseStreamEvent> events = new ArrayList<>();
        try (StreamResponse<ResponseStreamEvent> stream = client.responses().createStreaming(params)) {
            stream.stream().forEach(event -> {
                event.validate();
                events.add(event);
            });
        }
        StringBuilder streamed = new StringBuilder();
        events.forEach(event -> event.outputTextDelta().ifPresent(delta -> streamed.append(delta.delta())));
        assertEquals(
                whole.output()
                        .getFirst()
                        .asMessage()
                        .content()
                        .getFirst()
                        .asOutputText()
                        .text(),
                streamed.toString());
        assertTrue(whole.usage().orElseThrow().totalTokens() > 0);
    }

    @Test
    void embeds() {
        EmbeddingCreateParams params = EmbeddingCreateParams.builder()
                .model(MODEL)
                .inputOfArrayOfStrings(List.of("a cat", "a kitten", "the law of contracts"))
                .build();
        try {
            List<List<Float>> vectors = client.embeddings().create(params).data().stream()
                    .map(embedding -> embedding.embedding())
                    .toList();
            assertEquals(3, vectors.size());
            assertTrue(
                    cosine(vectors.get(0), vectors.get(1)) > cosine(vectors.get(0), vectors.get(2)),
                    "like is nearer to like");
        } catch (BadRequestException refusal) {
            assertEquals(Optional.of("model"), refusal.param(), refusal.getMessage());
            abort("this server makes no embeddings");
        }
    }

    @Test
    void langChainCallsATool() {
        requireConstraints();
        OpenAiChatModel model = OpenAiChatModel.builder()
                .baseUrl(url)
                .apiKey("none")
                .modelName(MODEL)
                .temperature(0.0)
                .maxCompletionTokens(48)
                .maxRetries(0)
                .build();
        ChatResponse response = model.chat(ChatRequest.builder()
                .messages(UserMessage.from("What is the weather in Oslo?"))
                .toolSpecifications(ToolSpecification.builder()
                        .name("get_weather")
                        .description("Tells the weather of a place.")
                        .parameters(JsonObjectSchema.builder()
                                .addStringProperty("place")
                                .required("place")
                                .build())
                        .build())
                .toolChoice(ToolChoice.REQUIRED)
                .build());
        ToolExecutionRequest call =
                response.aiMessage().toolExecutionRequests().getFirst();
        assertEquals("get_weather", call.name());
        assertTrue(response.tokenUsage().totalTokenCount() > 0);
    }

    private static String text(ChatCompletion completion) {
        return completion.choices().getFirst().message().content().orElseThrow();
    }

    private static double cosine(List<Float> a, List<Float> b) {
        double product = 0;
        double ofA = 0;
        double ofB = 0;
        for (int i = 0; i < a.size(); i++) {
            product += (double) a.get(i) * b.get(i);
            ofA += (double) a.get(i) * a.get(i);
            ofB += (double) b.get(i) * b.get(i);
        }
        return product / Math.sqrt(ofA * ofB);
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder().model(MODEL).temperature(0);
    }
}
