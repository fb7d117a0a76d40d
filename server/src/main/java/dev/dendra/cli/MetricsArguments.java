// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.metrics.MetricNames;
import dev.dendra.metrics.ServerMetrics;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a server shows on {@code /metrics} beside what it always does. */
final class MetricsArguments {
    @Option(
            names = "--vllm-metrics",
            description = "Show what routers read under vLLM's names as well, such as vllm:num_requests_waiting.")
    private boolean vllmNames;

    @Option(
            names = "--read-bandwidth",
            paramLabel = "SIZE",
            converter = ByteSizeConverter.class,
            description =
                    "What the memory can deliver a second, as `dendra bench` prints it: 35GB. Shown as a metric, for "
                            + "dashboards to compare with what computing takes (default: not known, not shown).")
    private @Nullable Long readBandwidth;

    /** Metrics with nothing measured yet. */
    ServerMetrics metrics() {
        ServerMetrics metrics = vllmNames ? ServerMetrics.withVllmNames() : new ServerMetrics();
        if (readBandwidth != null) {
            metrics.constant(MetricNames.READ_BANDWIDTH, readBandwidth);
        }
        return metrics;
    }
}
