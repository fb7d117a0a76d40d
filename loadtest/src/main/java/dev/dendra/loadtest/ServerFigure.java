// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * A figure that servers also keep.
 *
 * @param totals the names that Dendra, vLLM and llama.cpp have for it
 * @param counts of the values in {@code totals}, for a mean; none for a total
 * @param client the same figure of a client
 * @param hint what may be behind a difference
 */
record ServerFigure(
        String title, List<String> totals, List<String> counts, ToDoubleFunction<ClientTotals> client, String hint) {

    static final List<ServerFigure> ALL = List.of(
            new ServerFigure(
                    "requests",
                    List.of("dendra_requests_finished_total", "vllm:request_success_total"),
                    List.of(),
                    ClientTotals::requests,
                    "requests of others, or failed ones that the server counts as finished; each of several choices counts"),
            new ServerFigure(
                    "prompt tokens",
                    List.of("dendra_prompt_tokens_total", "vllm:prompt_tokens_total", "llamacpp:prompt_tokens_total"),
                    List.of(),
                    ClientTotals::promptTokens,
                    "tokens from a prefix cache that only one side counts, recomputation after a pre-emption, or requests of others"),
            new ServerFigure(
                    "output tokens",
                    List.of(
                            "dendra_generation_tokens_total",
                            "vllm:generation_tokens_total",
                            "llamacpp:tokens_predicted_total"),
                    List.of(),
                    ClientTotals::outputTokens,
                    "tokens of failed or cancelled requests, a client that had to count chunks, or requests of others"),
            new ServerFigure(
                    "mean TTFT, s",
                    List.of("dendra_time_to_first_token_seconds_sum", "vllm:time_to_first_token_seconds_sum"),
                    List.of("dendra_time_to_first_token_seconds_count", "vllm:time_to_first_token_seconds_count"),
                    ClientTotals::meanTtft,
                    "the client's includes connecting, sending and parsing, and a first token without text: compare the difference"
                            + " in milliseconds"),
            new ServerFigure(
                    "mean ITL, s",
                    List.of(
                            "dendra_inter_token_latency_seconds_sum",
                            "vllm:inter_token_latency_seconds_sum",
                            "vllm:time_per_output_token_seconds_sum",
                            "llamacpp:tokens_predicted_seconds_total"),
                    List.of(
                            "dendra_inter_token_latency_seconds_count",
                            "vllm:inter_token_latency_seconds_count",
                            "vllm:time_per_output_token_seconds_count",
                            "llamacpp:tokens_predicted_total"),
                    ClientTotals::meanItl,
                    "several tokens in one chunk or step, or text that the server holds back"),
            new ServerFigure(
                    "mean E2E, s",
                    List.of("dendra_e2e_request_latency_seconds_sum", "vllm:e2e_request_latency_seconds_sum"),
                    List.of("dendra_e2e_request_latency_seconds_count", "vllm:e2e_request_latency_seconds_count"),
                    ClientTotals::meanE2e,
                    "time in connections and in this client, or failed requests that only the server counts"));

    ServerFigure {
        totals = List.copyOf(totals);
        counts = List.copyOf(counts);
    }

    /** Whether it is a count; else a mean. */
    boolean isCount() {
        return counts.isEmpty();
    }

    double client(ClientTotals totals) {
        return client.applyAsDouble(totals);
    }

    /** Over the time from one page to the other; nothing where the server does not keep it or it did not change. */
    OptionalDouble server(ServerMetrics before, ServerMetrics after) {
        OptionalDouble total = change(totals, before, after);
        if (counts.isEmpty() || total.isEmpty()) {
            return total;
        }
        OptionalDouble count = change(counts, before, after);
        return count.isPresent() && count.getAsDouble() > 0
                ? OptionalDouble.of(total.getAsDouble() / count.getAsDouble())
                : OptionalDouble.empty();
    }

    private static OptionalDouble change(List<String> names, ServerMetrics before, ServerMetrics after) {
        OptionalDouble late = after.first(names);
        // A series may begin with its first value, so what was not there before was 0.
        return late.isPresent()
                ? OptionalDouble.of(late.getAsDouble() - before.first(names).orElse(0))
                : OptionalDouble.empty();
    }
}
