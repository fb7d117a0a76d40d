// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationRequest;
import dev.dendra.engine.SamplingParameters;
import dev.dendra.tokenizer.ByteTokenizer;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompletionsTest {
    private static final String PATH = "/v1/completions";

    private final RunningServer server = new RunningServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void answersWithTextUsageAndReason() throws Exception {
        server.engine.script(
                generation -> generation.say("hi").token(ByteTokenizer.END).finish(FinishReason.STOP));
        HttpResponse<String> response = server.post(PATH, "{\"model\":\"test-model\",\"prompt\":\"abc\"}");
        assertEquals(200, response.statusCode());
        assertEquals(
                "application/json",
                response.headers().firstValue("content-type").orElseThrow());
        JsonNode answer = json(response);
        assertEquals("text_completion", answer.get("object").textValue());
        assertTrue(answer.get("id").textValue().startsWith("cmpl-"));
        assertEquals("test-model", answer.get("model").textValue());
        assertTrue(answer.get("created").isIntegralNumber());
        assertEquals(
                json("[{\"index\":0,\"text\":\"hi\",\"logprobs\":null,\"finish_reason\":\"stop\"}]"),
                answer.get("choices"));
        assertEquals(
                json(
                        "{\"prompt_tokens\":3,\"completion_tokens\":3,\"total_tokens\":6,\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}"),
                answer.get("usage"));
    }

    @Test
    void fillsInDefaults() throws Exception {
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        JsonNode answer = json(server.post(PATH, "{\"prompt\":\"abc\",\"unknown_field\":{\"a\":[1]},\"stop\":null}"));
        assertEquals("length", answer.get("choices").get(0).get("finish_reason").textValue());
        GenerationRequest request = server.engine.next().request();
        assertArrayEquals(new int[] {'a', 'b', 'c'}, request.promptTokens());
        assertEquals(16, request.maximumTokens());
        assertEquals(-1, request.logprobs());
        assertFalse(request.promptLogprobs());
        assertEquals(Set.of(ByteTokenizer.END), request.stopTokens());
        SamplingParameters sampling = request.sampling();
        assertEquals(new SamplingParameters(1, 0, 1, 0, 1, 0, 0, Map.of(), sampling.seed()), sampling);
    }

    @Test
    void passesSamplingOn() throws Exception {
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        server.post(PATH, """
                {"prompt":"a","temperature":0.5,"top_k":7,"top_p":0.25,"min_p":0.125,"repetition_penalty":1.5,
                 "frequency_penalty":-0.5,"presence_penalty":2,"logit_bias":{"65":-100,"257":1.5},"seed":-9,
                 "max_tokens":3,"ignore_eos":true}""");
        GenerationRequest request = server.engine.next().request();
        assertEquals(
                new SamplingParameters(0.5f, 7, 0.25f, 0.125f, 1.5f, -0.5f, 2, Map.of(65, -100f, 257, 1.5f), -9),
                request.sampling());
        assertEquals(3, request.maximumTokens());
        assertEquals(Set.of(), request.stopTokens());
    }

    @Test
    void takesPromptsInAllFourForms() throws Exception {
        server.engine.script(generation ->
                generation.token(generation.request().promptTokens()[0]).finish(FinishReason.LENGTH));
        assertEquals(List.of("x"), texts("{\"prompt\":\"xyz\"}"));
        assertEquals(List.of("x", "a"), texts("{\"prompt\":[\"xyz\",\"abc\"]}"));
        assertEquals(List.of("z"), texts("{\"prompt\":[122,121]}"));
        assertEquals(List.of("z", "b", "c"), texts("{\"prompt\":[[122,121],[98],[99]]}"));
        JsonNode usage =
                json(server.post(PATH, "{\"prompt\":[[122,121],[98],[99]]}")).get("usage");
        assertEquals(
                json(
                        "{\"prompt_tokens\":4,\"completion_tokens\":3,\"total_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}"),
                usage);
    }

    @Test
    void addsBeginOfSequenceToTextOnly() throws Exception {
        try (RunningServer withStart = new RunningServer(HttpServerOptions.defaults(), true)) {
            withStart.engine.script(generation -> generation.finish(FinishReason.LENGTH));
            withStart.post(PATH, "{\"prompt\":[\"a\",[97]]}");
            assertArrayEquals(
                    new int[] {ByteTokenizer.START, 'a'},
                    withStart.engine.next().request().promptTokens());
            assertArrayEquals(new int[] {'a'}, withStart.engine.next().request().promptTokens());
        }
    }

    @Test
    void givesEachChoiceItsOwnSeed() throws Exception {
        server.engine.script(generation -> generation.say("x").finish(FinishReason.LENGTH));
        JsonNode answer = json(server.post(PATH, "{\"prompt\":\"abc\",\"n\":3,\"best_of\":3,\"seed\":5}"));
        assertEquals(List.of(0, 1, 2), ints(answer.get("choices").findValues("index")));
        assertEquals(
                json(
                        "{\"prompt_tokens\":3,\"completion_tokens\":3,\"total_tokens\":6,\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}"),
                answer.get("usage"));
        long first = server.engine.next().request().sampling().seed();
        long second = server.engine.next().request().sampling().seed();
        long third = server.engine.next().request().sampling().seed();
        assertEquals(5, first);
        assertNotEquals(first, second);
        assertNotEquals(second, third);
    }

    @Test
    void echoesAndScoresPromptAndAnswer() throws Exception {
        server.engine.script(generation ->
                generation.scorePrompt().say("d").token(ByteTokenizer.END).finish(FinishReason.STOP));
        JsonNode choice = json(server.post(PATH, "{\"prompt\":[97,98,99],\"echo\":true,\"logprobs\":2}"))
                .get("choices")
                .get(0);
        assertEquals("abcd", choice.get("text").textValue());
        assertEquals(json("""
                {"tokens":["a","b","c","d","</s>"],
                 "token_logprobs":[null,-98.0,-99.0,-100.0,-257.0],
                 "top_logprobs":[null,
                   {"A":-0.5,"B":-1.5,"b":-98.0},{"A":-0.5,"B":-1.5,"c":-99.0},
                   {"A":-0.5,"B":-1.5,"d":-100.0},{"A":-0.5,"B":-1.5,"</s>":-257.0}],
                 "text_offset":[0,1,2,3,4]}"""), choice.get("logprobs"));
        assertTrue(server.engine.next().request().promptLogprobs());
    }

    @Test
    void scoresOnlyThePromptWhenNoTokensAreWanted() throws Exception {
        server.engine.script(generation -> generation.scorePrompt().finish(FinishReason.LENGTH));
        JsonNode choice = json(server.post(PATH, "{\"prompt\":\"abc\",\"echo\":true,\"logprobs\":0,\"max_tokens\":0}"))
                .get("choices")
                .get(0);
        assertEquals("abc", choice.get("text").textValue());
        assertEquals("length", choice.get("finish_reason").textValue());
        assertEquals(
                json("[null,{\"b\":-98.0},{\"c\":-99.0}]"),
                choice.get("logprobs").get("top_logprobs"));
        assertEquals(0, server.engine.next().request().maximumTokens());
    }

    @Test
    void echoesWithoutScores() throws Exception {
        server.engine.script(generation -> generation.say("d").finish(FinishReason.LENGTH));
        JsonNode choice = json(server.post(PATH, "{\"prompt\":\"abc\",\"echo\":true}"))
                .get("choices")
                .get(0);
        assertEquals("abcd", choice.get("text").textValue());
        assertTrue(choice.get("logprobs").isNull());
    }

    @Test
    void countsTextOffsetsInCodePoints() throws Exception {
        server.engine.script(generation -> generation.scorePrompt().say("é!").finish(FinishReason.LENGTH));
        JsonNode choice = json(server.post(PATH, "{\"prompt\":\"😀a\",\"echo\":true,\"logprobs\":0}"))
                .get("choices")
                .get(0);
        assertEquals("😀aé!", choice.get("text").textValue());
        assertEquals(json("[0,0,0,0,1,2,2,3]"), choice.get("logprobs").get("text_offset"));
        assertEquals("bytes:\\xf0", choice.get("logprobs").get("tokens").get(0).textValue());
    }

    @Test
    void endsAtAStopStringThatSpansTokensAndCancels() throws Exception {
        server.engine.script(generation -> generation.say("one END two"));
        JsonNode answer = json(server.post(PATH, "{\"prompt\":\"a\",\"stop\":[\"never\",\"END\"]}"));
        assertEquals(
                json("[{\"index\":0,\"text\":\"one \",\"logprobs\":null,\"finish_reason\":\"stop\"}]"),
                answer.get("choices"));
        assertEquals(7, answer.get("usage").get("completion_tokens").intValue());
        assertTrue(server.engine.next().isCancelled());
    }

    /** What an evaluation harness sends for tasks of programming. */
    @Test
    void endsAtAnyOfManyStopStrings() throws Exception {
        server.engine.script(generation -> generation.say("return 1\nif x"));
        JsonNode answer = json(
                server.post(
                        PATH,
                        "{\"prompt\":\"a\",\"stop\":[\"\\nclass\",\"\\ndef\",\"\\n#\",\"\\nif\",\"\\nprint\",\"<|endoftext|>\"]}"));
        assertEquals("return 1", answer.at("/choices/0/text").textValue());
    }

    @Test
    void cachedTokensCountThoughAStopStringEndsTheAnswer() throws Exception {
        server.engine.script(generation -> generation.cached(32).say("one END two"));
        JsonNode usage =
                json(server.post(PATH, "{\"prompt\":\"a\",\"stop\":\"END\"}")).get("usage");
        assertEquals(32, usage.get("prompt_tokens_details").get("cached_tokens").intValue());
    }

    @Test
    void keepsTextThatOnlyBeginsLikeAStopString() throws Exception {
        server.engine.script(generation -> generation.say("an EN").finish(FinishReason.LENGTH));
        JsonNode choice = json(server.post(PATH, "{\"prompt\":\"a\",\"stop\":\"END\"}"))
                .get("choices")
                .get(0);
        assertEquals("an EN", choice.get("text").textValue());
        assertEquals("length", choice.get("finish_reason").textValue());
    }

    @Test
    void shows500WhenTheEngineFails() throws Exception {
        server.engine.script(generation -> generation.say("x").fail("the step broke"));
        HttpResponse<String> response = server.post(PATH, "{\"prompt\":\"a\"}");
        assertEquals(500, response.statusCode());
        assertEquals(
                json("{\"error\":{\"message\":\"the step broke\",\"type\":\"server_error\",\"param\":null,"
                        + "\"code\":\"internal_error\"}}"),
                json(response));
    }

    @Test
    void shows504WhenTheDeadlineHasPassed() throws Exception {
        server.engine.script(generation -> generation.say("x").expire("too late"));
        HttpResponse<String> response = server.post(PATH, "{\"prompt\":\"a\"}");
        assertEquals(504, response.statusCode());
        assertEquals(
                json("{\"error\":{\"message\":\"too late\",\"type\":\"server_error\",\"param\":null,"
                        + "\"code\":\"deadline_exceeded\"}}"),
                json(response));
    }

    @Test
    void namesRequests() throws Exception {
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        assertEquals(
                "my-id.7",
                server.send("POST", PATH, "{\"prompt\":\"a\"}", "x-request-id", "my-id.7")
                        .headers()
                        .firstValue("x-request-id")
                        .orElseThrow());
        assertTrue(server.post(PATH, "{}")
                .headers()
                .firstValue("x-request-id")
                .orElseThrow()
                .startsWith("req-"));
    }

    private List<String> texts(String body) throws Exception {
        return StreamSupport.stream(json(server.post(PATH, body)).get("choices").spliterator(), false)
                .map(choice -> choice.get("text").textValue())
                .toList();
    }

    private static List<Integer> ints(List<JsonNode> nodes) {
        return IntStream.range(0, nodes.size())
                .mapToObj(i -> nodes.get(i).intValue())
                .toList();
    }
}
