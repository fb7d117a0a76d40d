// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.Map;

/** Samples of metrics that Micrometer does not make. */
final class Snapshots {
    private static final String INFO = "_info";

    private Snapshots() {}

    /**
     * Facts.
     *
     * @param name ending in {@code _info}, which Prometheus' library puts back
     * @param points labels of each series
     */
    static InfoSnapshot info(String name, String help, List<Map<String, String>> points) {
        InfoSnapshot.Builder snapshot = InfoSnapshot.builder()
                .name(name.substring(0, name.length() - INFO.length()))
                .help(help);
        for (Map<String, String> point : points) {
            snapshot.dataPoint(
                    InfoDataPointSnapshot.builder().labels(labels(point)).build());
        }
        return snapshot.build();
    }

    static Labels labels(Map<String, String> labels) {
        return Labels.of(labels.keySet().toArray(String[]::new), labels.values().toArray(String[]::new));
    }
}
