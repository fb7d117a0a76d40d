// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Adds what routers read to the full scrape under other names than our own. */
final class AliasCollector implements MultiCollector {
    private final RouterNames names;
    private final Map<String, ModelMetrics> models;
    private final Supplier<List<Map<String, String>>> cacheSizes;

    /**
     * Adds it.
     *
     * @param models by name
     * @param cacheSizes of their KV caches
     */
    AliasCollector(
            RouterNames names, Map<String, ModelMetrics> models, Supplier<List<Map<String, String>>> cacheSizes) {
        this.names = names;
        this.models = models;
        this.cacheSizes = cacheSizes;
    }

    @Override
    public MetricSnapshots collect() {
        MetricSnapshots.Builder snapshots = MetricSnapshots.builder();
        for (RouterFigure figure : RouterFigure.values()) {
            GaugeSnapshot.Builder gauge =
                    GaugeSnapshot.builder().name(names.of(figure)).help(names.help(figure));
            models.forEach((name, model) -> gauge.dataPoint(GaugeDataPointSnapshot.builder()
                    .labels(Snapshots.labels(names.labels(name)))
                    .value(figure.of(model))
                    .build()));
            snapshots.metricSnapshot(gauge.build());
        }
        List<Map<String, String>> sizes =
                cacheSizes.get().stream().map(names::cacheLabels).toList();
        return snapshots
                .metricSnapshot(Snapshots.info(names.cacheInfo(), names.cacheHelp(), sizes))
                .build();
    }
}
