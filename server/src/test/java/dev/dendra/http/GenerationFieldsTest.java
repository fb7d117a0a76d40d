// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationRequest;
import dev.dendra.engine.RequestTerms;
import dev.dendra.tokenizer.ByteTokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Fields that endpoints share, beyond sampling. */
class GenerationFieldsTest {
    private static final String PATH = "/v1/completions";

    private final RunningServer server = new RunningServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void passesOnWhatEndsAnAnswer() throws Exception {
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        server.post(PATH, "{\"prompt\":\"a\",\"min_tokens\":3,\"stop_token_ids\":[65,66]}");
        GenerationRequest request = server.engine.next().request();
        assertEquals(3, request.minimumTokens());
        assertEquals(Set.of(65, 66, ByteTokenizer.END), request.stopTokens());
        server.post(PATH, "{\"prompt\":\"a\",\"ignore_eos\":true,\"stop_token_ids\":[65]}");
        assertEquals(Set.of(65), server.engine.next().request().stopTokens());
    }

    @Test
    void passesOnTheTerms() throws Exception {
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        server.post(PATH, "{\"prompt\":\"a\"}");
        assertEquals(RequestTerms.ANONYMOUS, server.engine.next().request().terms());
        server.post(
                "/v1/chat/completions",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"priority\":-7,\"cache_salt\":\"pepper\","
                        + "\"timeout\":1.5,\"speculation\":false,\"user\":\"u\",\"store\":true,\"metadata\":{\"a\":\"b\"},"
                        + "\"reasoning_effort\":\"low\",\"no_stop_trim\":true,\"return_hidden_states\":false}");
        assertEquals(
                new RequestTerms("", "pepper", -7, Optional.of(Duration.ofMillis(1500)), false),
                server.engine.next().request().terms());
    }

    @Test
    void leavesStopTokensOutOfTheText() throws Exception {
        server.engine.script(generation -> generation.say("ab").finish(FinishReason.STOP));
        JsonNode answer = json(server.post(PATH, "{\"prompt\":\"a\",\"stop_token_ids\":[98]}"));
        assertEquals("a", answer.get("choices").get(0).get("text").textValue());
        assertEquals(2, answer.get("usage").get("completion_tokens").intValue());
    }

    @Test
    void looksForStopStringsAfterTheLeastLengthOnly() throws Exception {
        server.engine.script(generation -> generation.say("xxyx"));
        JsonNode answer = json(server.post(PATH, "{\"prompt\":\"a\",\"stop\":\"x\",\"min_tokens\":2}"));
        assertEquals("xxy", answer.get("choices").get(0).get("text").textValue());
    }

    @Test
    void choosesTheLikeliestOfSeveral() throws Exception {
        // A token's log-probability is minus its id, so the means are -98, -97.5, -100 and -99.
        List<String> texts = List.of("b", "ba", "d", "cc");
        AtomicInteger next = new AtomicInteger();
        server.engine.script(generation ->
                generation.say(texts.get(next.getAndIncrement() % 4)).finish(FinishReason.LENGTH));
        JsonNode answer = json(server.post(PATH, "{\"prompt\":\"x\",\"n\":2,\"best_of\":4}"));
        List<String> given = new ArrayList<>();
        answer.get("choices").forEach(choice -> given.add(choice.get("text").textValue()));
        assertEquals(List.of("ba", "b"), given);
        assertEquals(1, answer.get("choices").get(1).get("index").intValue());
        assertTrue(answer.get("choices").get(0).get("logprobs").isNull());
        assertEquals(6, answer.get("usage").get("completion_tokens").intValue());
        assertEquals(1, answer.get("usage").get("prompt_tokens").intValue());
        GenerationRequest request = server.engine.next().request();
        assertEquals(0, request.logprobs());
    }

    @Test
    void choosesForEachPromptByItself() throws Exception {
        AtomicInteger next = new AtomicInteger();
        server.engine.script(generation -> generation
                .say(List.of("d", "a", "c", "b").get(next.getAndIncrement()))
                .finish(FinishReason.LENGTH));
        JsonNode answer =
                json(server.post(PATH, "{\"prompt\":[\"x\",\"y\"],\"best_of\":2,\"echo\":true,\"logprobs\":0}"));
        assertEquals("xa", answer.get("choices").get(0).get("text").textValue());
        assertEquals("yb", answer.get("choices").get(1).get("text").textValue());
    }

    @Test
    void scoresAPromptAlone() throws Exception {
        server.engine.script(generation -> generation.scorePrompt().finish(FinishReason.LENGTH));
        JsonNode answer = json(server.post(
                PATH, "{\"prompt\":[97,98,99],\"max_tokens\":0,\"echo\":true,\"logprobs\":1,\"temperature\":0}"));
        JsonNode choice = answer.get("choices").get(0);
        assertEquals("abc", choice.get("text").textValue());
        assertEquals(json("[null,-98.0,-99.0]"), choice.get("logprobs").get("token_logprobs"));
        JsonNode top = choice.get("logprobs").get("top_logprobs");
        assertTrue(top.get(0).isNull());
        assertEquals(json("{\"A\":-0.5,\"b\":-98.0}"), top.get(1));
        assertEquals(0, answer.get("usage").get("completion_tokens").intValue());
        assertEquals(3, answer.get("usage").get("prompt_tokens").intValue());
    }

    @Test
    void sendsTheUsageSoFarWithEveryChunk() throws Exception {
        server.engine.script(generation -> generation.say("xy").finish(FinishReason.LENGTH));
        String body = server.post(
                        PATH,
                        "{\"prompt\":\"abc\",\"stream\":true,\"stream_options\":"
                                + "{\"include_usage\":true,\"continuous_usage_stats\":true}}")
                .body();
        List<Integer> completionTokens = new ArrayList<>();
        for (String line :
                body.lines().filter(each -> each.startsWith("data: {")).toList()) {
            JsonNode usage = json(line.substring("data: ".length())).get("usage");
            assertEquals(3, usage.get("prompt_tokens").intValue());
            completionTokens.add(usage.get("completion_tokens").intValue());
        }
        assertEquals(List.of(1, 2, 2, 2), completionTokens);
    }

    @Test
    void ignoresUsageStatisticsWithoutUsage() throws Exception {
        server.engine.script(generation -> generation.say("x").finish(FinishReason.LENGTH));
        String body = server.post(
                        PATH, "{\"prompt\":\"a\",\"stream\":true,\"stream_options\":{\"continuous_usage_stats\":true}}")
                .body();
        JsonNode first = json(body.lines().findFirst().orElseThrow().substring("data: ".length()));
        assertNull(first.get("usage"));
    }
}
