// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.metrics.MetricNames;
import dev.dendra.metrics.ServerMetrics;
import dev.dendra.platform.MemoryInfo;
import dev.dendra.platform.ResidentMemory;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * How near a process is to where it is killed. Both are read at each scrape: a container's limit may be moved while it
 * runs.
 *
 * @param resident bytes in physical memory
 * @param limit bytes that it may have
 */
record MemoryGauges(Supplier<OptionalLong> resident, Supplier<OptionalLong> limit) {

    static MemoryGauges ofThisProcess() {
        return new MemoryGauges(ResidentMemory::bytes, () -> MemoryInfo.detect().limitBytes());
    }

    /** Shows those of them that are known now. */
    void show(ServerMetrics metrics) {
        show(metrics, MetricNames.RESIDENT_MEMORY, resident);
        show(metrics, MetricNames.MEMORY_LIMIT, limit);
    }

    private static void show(ServerMetrics metrics, String name, Supplier<OptionalLong> bytes) {
        if (bytes.get().isPresent()) {
            metrics.gauge(name, () -> {
                OptionalLong now = bytes.get();
                return now.isPresent() ? now.getAsLong() : Double.NaN;
            });
        }
    }
}
