// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

/** What Prometheus takes a metric for; an info is a gauge whose value is 1 and whose labels are the facts. */
public enum MetricType {
    /** Only grows. */
    COUNTER,
    /** Goes up and down. */
    GAUGE,
    /** Counts of values up to some bounds. */
    HISTOGRAM,
    /** Facts. */
    INFO
}
