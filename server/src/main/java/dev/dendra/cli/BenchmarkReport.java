// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What a benchmark found, for people and for programs.
 *
 * @param model name of the model
 * @param encodings of its weights
 * @param threads that computed
 * @param runs one for each kind of kernels, at least one
 * @param weightBytesPerToken weights that a decoded token reads
 * @param kvBytesPerToken keys and values that a decoded token reads of each token before it
 * @param memory that all of it took
 * @param readBytesPerSecond measured read bandwidth of memory; empty where it could not be measured
 */
record BenchmarkReport(
        String model,
        String encodings,
        int threads,
        List<BenchmarkRun> runs,
        long weightBytesPerToken,
        long kvBytesPerToken,
        MemoryUse memory,
        OptionalDouble readBytesPerSecond) {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** The table. */
    String table() {
        StringBuilder table = new StringBuilder();
        String row = "| %-26s | %-12s | %-9s | %-10s | %-11s | %7s | %-15s | %5s | %10s | %20s |%n";
        table.append(String.format(
                Locale.ROOT,
                row,
                "model",
                "weights",
                "kernels",
                "isa",
                "activations",
                "threads",
                "test",
                "batch",
                "tokens/s",
                "slowest to fastest"));
        for (BenchmarkRun run : runs) {
            for (BenchmarkResult result : run.results()) {
                table.append(String.format(
                        Locale.ROOT,
                        row,
                        model,
                        encodings,
                        run.kernels().provider(),
                        run.kernels().isa(),
                        run.activations(),
                        threads,
                        result.name(),
                        result.batch(),
                        String.format(Locale.ROOT, "%.1f", result.median()),
                        String.format(Locale.ROOT, "%.1f to %.1f", result.slowest(), result.fastest())));
            }
        }
        table.append(String.format(Locale.ROOT, "%nweights read for a token: %s", ByteSize.text(weightBytesPerToken)));
        for (BenchmarkRun run : runs) {
            decodeBytesPerSecond(run)
                    .ifPresent(rate -> table.append(String.format(
                            Locale.ROOT,
                            "; decode at batch 1 (%s, %s) reads %.1f GB/s%s",
                            run.kernels().provider(),
                            run.kernels().isa(),
                            rate / 1e9,
                            shareOfBandwidth(rate))));
        }
        table.append(
                readBytesPerSecond.isPresent()
                        ? String.format(
                                Locale.ROOT,
                                "; memory can be read at %.1f GB/s%n",
                                readBytesPerSecond.getAsDouble() / 1e9)
                        : String.format(
                                Locale.ROOT,
                                "; read bandwidth not measured: too little memory for the cache's size%n"));
        for (BenchmarkRun run : runs) {
            for (BenchmarkResult result : run.results()) {
                result.joulesPerToken()
                        .ifPresent(joules -> table.append(String.format(
                                Locale.ROOT,
                                "energy: %s, %d at once (%s, %s): %.5f J a token%n",
                                result.name(),
                                result.batch(),
                                run.kernels().provider(),
                                run.kernels().isa(),
                                joules)));
            }
        }
        table.append(memory.describe()).append(System.lineSeparator());
        return table.toString();
    }

    private OptionalDouble decodeBytesPerSecond(BenchmarkRun run) {
        return run.decodeBytesPerSecond(weightBytesPerToken, kvBytesPerToken);
    }

    private String shareOfBandwidth(double bytesPerSecond) {
        if (readBytesPerSecond.isEmpty()) {
            return "";
        }
        double share = bytesPerSecond / readBytesPerSecond.getAsDouble();
        return share > 1
                ? ", more than memory gives: caches hold part of the weights"
                : String.format(Locale.ROOT, ", %.0f %% of the read bandwidth", 100 * share);
    }

    /** The same as one JSON object. */
    String json() {
        ObjectNode root = MAPPER.createObjectNode()
                .put("model", model)
                .put("weights", encodings)
                .put("threads", threads);
        ArrayNode list = root.putArray("runs");
        for (BenchmarkRun run : runs) {
            ObjectNode each = list.addObject()
                    .put("kernels", run.kernels().provider())
                    .put("isa", run.kernels().isa())
                    .put("activations", run.activations());
            decodeBytesPerSecond(run).ifPresent(rate -> {
                each.put("decode_bytes_per_second", rate);
                readBytesPerSecond.ifPresent(bandwidth -> each.put("decode_share_of_read_bandwidth", rate / bandwidth));
            });
            ArrayNode results = each.putArray("results");
            for (BenchmarkResult result : run.results()) {
                ObjectNode one = results.addObject()
                        .put("test", result.name())
                        .put("depth", result.depth())
                        .put("batch", result.batch())
                        .put("tokens_per_second", result.median())
                        .put("slowest", result.slowest())
                        .put("fastest", result.fastest());
                result.joulesPerToken().ifPresent(joules -> one.put("joules_per_token", joules));
            }
        }
        root.put("weight_bytes_per_token", weightBytesPerToken);
        root.put("kv_bytes_per_token", kvBytesPerToken);
        root.put("packed_bytes", memory.packedBytes());
        root.put("kv_bytes", memory.kvBytes());
        memory.peakResidentBytes().ifPresent(bytes -> root.put("peak_resident_bytes", bytes));
        readBytesPerSecond.ifPresent(rate -> root.put("memory_read_bytes_per_second", rate));
        return root.toString();
    }
}
