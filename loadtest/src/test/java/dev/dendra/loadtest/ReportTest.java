// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {

    private static final long MS = 1_000_000;

    @Test
    void figuresFollowTheirDefinitions() throws IOException {
        Report report = new Report(new ClosedLoop.Run(
                List.of(
                        new Attempt.Completed(100 * MS, List.of(10 * MS, 30 * MS), 142 * MS, 7, 3),
                        new Attempt.Completed(200 * MS, List.of(), 200 * MS, 5, 1)),
                500 * MS));

        JsonNode json = new ObjectMapper().readTree(report.json("m", 2));

        assertEquals(12, json.get("prompt_tokens").asLong());
        assertEquals(4 / 0.5, json.get("tokens_per_second").asDouble());
        assertEquals(2 / 0.5, json.get("requests_per_second").asDouble());
        assertEquals(100, json.at("/ttft_ms/p50").asDouble(), 0.1);
        assertEquals(200, json.at("/ttft_ms/p99").asDouble(), 0.2);
        assertEquals(20, json.at("/itl_ms/mean").asDouble(), 0.1);
        // (142 - 100) / (3 - 1); the request of one token has no time per further token.
        assertEquals(21, json.at("/tpot_ms/p99").asDouble(), 0.1);
        assertEquals(21, json.at("/tpot_ms/p50").asDouble(), 0.1);
        assertEquals(200, json.at("/e2e_ms/max").asDouble(), 0.2);
        assertTrue(json.get("errors").isEmpty());
    }

    @Test
    void failuresAreCountedByReasonAndGiveNoFigures() throws IOException {
        Report report = new Report(new ClosedLoop.Run(
                List.of(new Attempt.Failed("HTTP 429"), new Attempt.Failed("timeout"), new Attempt.Failed("HTTP 429")),
                MS));

        JsonNode json = new ObjectMapper().readTree(report.json("m", 1));

        assertTrue(report.hasErrors());
        assertEquals(2, json.at("/errors/HTTP 429").asInt());
        assertEquals(1, json.at("/errors/timeout").asInt());
        assertTrue(json.get("ttft_ms").isNull());
        assertTrue(report.text().contains("error: HTTP 429: 2"), report.text());
    }

    @Test
    void theTextSaysWhatTpotIs() {
        String text = new Report(new ClosedLoop.Run(List.of(), MS)).text();

        assertTrue(text.contains("(end-to-end - TTFT) / (output tokens - 1)"), text);
    }
}
