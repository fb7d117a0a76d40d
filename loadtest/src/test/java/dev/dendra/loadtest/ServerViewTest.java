// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ServerViewTest {

    private static final long MS = 1_000_000;

    @Test
    void samplesAreSummedOverTheirLabels() {
        ServerMetrics metrics = ServerMetrics.parse("""
                # HELP a_total text {of} 5
                # TYPE a_total counter
                a_total{reason="stop",path="/x} 7"} 3
                a_total{reason="length"} 4.5 1700000000
                b 1e3
                c NaN
                nonsense
                """);

        assertEquals(7.5, metrics.values().get("a_total"));
        assertEquals(1000, metrics.values().get("b"));
    }

    @Test
    void meansAreOfTheRunAloneAndDifferencesAreMarked() {
        ServerMetrics before = ServerMetrics.parse("""
                vllm:request_success_total{finished_reason="length"} 100
                vllm:time_to_first_token_seconds_sum 50
                vllm:time_to_first_token_seconds_count 100
                vllm:prompt_tokens_total 9000
                """);
        ServerMetrics after = ServerMetrics.parse("""
                vllm:request_success_total{finished_reason="length"} 101
                vllm:request_success_total{finished_reason="stop"} 1
                vllm:time_to_first_token_seconds_sum 50.2
                vllm:time_to_first_token_seconds_count 102
                vllm:prompt_tokens_total 9021
                vllm:generation_tokens_total 8
                """);
        // Sent 10 ms late: what the server cannot know is left out of the comparison.
        Attempt done =
                new Attempt.Completed(0, 10 * MS, List.of(110 * MS, 140 * MS), 140 * MS, new Usage(10, 0, 4, true));

        Map<String, ServerView.Row> rows = ServerView.of(before, after, List.of(done, done)).rows().stream()
                .collect(Collectors.toMap(ServerView.Row::name, Function.identity()));

        assertEquals(2, Objects.requireNonNull(rows.get("requests")).server(), 1e-9);
        assertEquals(0.1, Objects.requireNonNull(rows.get("mean TTFT, s")).server(), 1e-9);
        assertEquals(0.1, Objects.requireNonNull(rows.get("mean TTFT, s")).client(), 1e-9);
        assertEquals(
                8,
                Objects.requireNonNull(rows.get("output tokens")).server(),
                "a series that was not there before began at 0");
        assertTrue(new ServerView.Row("x", 100, 94, true, "").disagrees());
        assertTrue(new ServerView.Row("x", 0, 1, true, "").disagrees());
        assertTrue(!new ServerView.Row("x", 100, 96, true, "").disagrees());
    }

    @Test
    void aPageWithoutKnownNamesIsSaidToHaveNone() {
        ServerMetrics page = ServerMetrics.parse("go_goroutines 5\n");

        assertTrue(ServerView.of(page, page, List.of()).problem().isPresent());
    }
}
