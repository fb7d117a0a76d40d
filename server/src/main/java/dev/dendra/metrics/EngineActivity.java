// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the engine is doing, for people who watch.
 *
 * @param running sequences that the scheduler works on
 * @param waiting requests in the queue
 * @param kvCacheUsage share of KV blocks in use, 0 to 1
 * @param promptTokens computed since the start
 * @param generatedTokens since the start
 * @param steps since the start
 * @param finished sequences ended since the start, by reason
 * @param rates now
 * @param recent the last steps, the oldest first
 */
public record EngineActivity(
        double running,
        double waiting,
        double kvCacheUsage,
        long promptTokens,
        long generatedTokens,
        long steps,
        Map<String, Long> finished,
        Rates rates,
        List<StepRows> recent) {

    public EngineActivity {
        recent = List.copyOf(recent);
    }

    /** Of an engine that is not there yet. */
    static EngineActivity none() {
        return new EngineActivity(0, 0, 0, 0, 0, 0, Map.of(), new Rates(RecentSteps.WINDOW, 0, 0), List.of());
    }

    /**
     * Tokens a second of wall time.
     *
     * @param window over which they were counted
     * @param prefill prompt tokens computed
     * @param decode tokens generated
     */
    public record Rates(Duration window, double prefill, double decode) {}

    /**
     * What one step computed.
     *
     * @param prompt rows of prompts
     * @param decode rows of sequences that decode, one each
     */
    public record StepRows(int prompt, int decode) {}
}
