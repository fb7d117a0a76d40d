// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

/** What a router wants to know of a model to choose a server for a request. */
enum RouterFigure {
    /** Sequences that the scheduler works on. */
    RUNNING,
    /** Requests in the queue. */
    WAITING,
    /** Share of KV blocks that sequences hold, 0 to 1. */
    KV_CACHE_USAGE;

    /** Its value now. */
    double of(ModelMetrics model) {
        return switch (this) {
            case RUNNING -> model.running();
            case WAITING -> model.waiting();
            case KV_CACHE_USAGE -> model.kvCacheUsage();
        };
    }
}
