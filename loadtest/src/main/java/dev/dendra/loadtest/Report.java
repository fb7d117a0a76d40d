// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Throughput and latencies of a run, as text or JSON. */
final class Report {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SIGNIFICANT_DIGITS = 3;

    private static final String DEFINITIONS = """
            TTFT  time to first token: from sending the request to the first chunk with text
            ITL   inter-token latency: gaps between successive chunks with text
            TPOT  time per output token, of each request: (end-to-end - TTFT) / (output tokens - 1)
            E2E   end-to-end: from sending the request to the end of its stream
            """;

    private final Map<String, Histogram> latencies = new LinkedHashMap<>();
    private final Map<String, Integer> errors = new TreeMap<>();
    private final double wallSeconds;
    private final int completed;
    private final long promptTokens;
    private final long completionTokens;

    Report(ClosedLoop.Run run) {
        Histogram timeToFirstToken = latency("ttft");
        Histogram interTokenLatency = latency("itl");
        Histogram timePerOutputToken = latency("tpot");
        Histogram endToEnd = latency("e2e");
        int completions = 0;
        long prompt = 0;
        long completion = 0;
        for (Attempt attempt : run.attempts()) {
            switch (attempt) {
                case Attempt.Failed failed -> errors.merge(failed.reason(), 1, Integer::sum);
                case Attempt.Completed done -> {
                    completions++;
                    prompt += done.promptTokens();
                    completion += done.completionTokens();
                    record(timeToFirstToken, done.timeToFirstToken());
                    record(endToEnd, done.endToEnd());
                    done.gaps().forEach(gap -> record(interTokenLatency, gap));
                    if (done.completionTokens() > 1) {
                        long decoding = done.endToEnd() - done.timeToFirstToken();
                        record(timePerOutputToken, decoding / (done.completionTokens() - 1));
                    }
                }
            }
        }
        completed = completions;
        promptTokens = prompt;
        completionTokens = completion;
        wallSeconds = run.wallNanoseconds() / 1e9;
    }

    boolean hasErrors() {
        return !errors.isEmpty();
    }

    /** A table for people. */
    String text() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "%d requests completed in %.2f s: %.2f requests/s%n",
                completed,
                wallSeconds,
                completed / wallSeconds));
        text.append(String.format(
                Locale.ROOT,
                "tokens: %d prompt, %d output; %.1f output tokens/s%n%n",
                promptTokens,
                completionTokens,
                completionTokens / wallSeconds));
        text.append(String.format(Locale.ROOT, "%-8s%10s%10s%10s%10s%10s%n", "ms", "mean", "p50", "p90", "p99", "max"));
        latencies.forEach((name, histogram) -> text.append(String.format(
                Locale.ROOT,
                "%-8s%10.2f%10.2f%10.2f%10.2f%10.2f%n",
                name.toUpperCase(Locale.ROOT),
                histogram.getMean() / 1e3,
                percentile(histogram, 50),
                percentile(histogram, 90),
                percentile(histogram, 99),
                histogram.getMaxValue() / 1e3)));
        text.append('\n').append(DEFINITIONS);
        errors.forEach((reason, count) -> text.append(String.format("error: %s: %d%n", reason, count)));
        return text.toString();
    }

    /** The same figures as one JSON object; latencies in milliseconds, null where nothing was measured. */
    String json(String model, int concurrency) {
        ObjectNode json = JSON.createObjectNode();
        json.put("model", model).put("concurrency", concurrency).put("completed", completed);
        json.put("wall_seconds", wallSeconds);
        json.put("prompt_tokens", promptTokens).put("completion_tokens", completionTokens);
        json.put("tokens_per_second", completionTokens / wallSeconds);
        json.put("requests_per_second", completed / wallSeconds);
        latencies.forEach((name, histogram) -> {
            if (histogram.getTotalCount() == 0) {
                json.putNull(name + "_ms");
                return;
            }
            ObjectNode figures = json.putObject(name + "_ms");
            figures.put("mean", histogram.getMean() / 1e3);
            figures.put("p50", percentile(histogram, 50));
            figures.put("p90", percentile(histogram, 90));
            figures.put("p99", percentile(histogram, 99));
            figures.put("max", histogram.getMaxValue() / 1e3);
        });
        ObjectNode failures = json.putObject("errors");
        errors.forEach(failures::put);
        return json.toString();
    }

    private Histogram latency(String name) {
        Histogram histogram = new Histogram(SIGNIFICANT_DIGITS);
        latencies.put(name, histogram);
        return histogram;
    }

    private static void record(Histogram histogram, long nanoseconds) {
        histogram.recordValue(TimeUnit.NANOSECONDS.toMicros(nanoseconds));
    }

    private static double percentile(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1e3;
    }
}
