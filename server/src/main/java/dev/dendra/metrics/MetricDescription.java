// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import java.util.List;

/**
 * A metric, as the HELP line of a scrape and {@code docs/metrics.md} describe it.
 *
 * @param name one of {@link MetricNames}
 * @param type what Prometheus takes it for
 * @param labels of its series, {@code le} of a histogram aside
 * @param help its meaning in one line
 */
public record MetricDescription(String name, MetricType type, List<String> labels, String help) {
    public MetricDescription {
        labels = List.copyOf(labels);
    }
}
