// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The names under which routers read {@link RouterFigure}s and the size of the KV cache.
 *
 * @param running name of {@link RouterFigure#RUNNING}
 * @param waiting name of {@link RouterFigure#WAITING}
 * @param kvCacheUsage name of {@link RouterFigure#KV_CACHE_USAGE}
 * @param cacheInfo name of the size of the KV cache, ending in {@code _info}
 * @param modelLabel label for a model's name
 * @param fixedLabels labels that all series have beside it
 */
record RouterNames(
        String running,
        String waiting,
        String kvCacheUsage,
        String cacheInfo,
        String modelLabel,
        Map<String, String> fixedLabels) {

    /** Our own. */
    static final RouterNames OWN = new RouterNames(
            MetricNames.REQUESTS_RUNNING,
            MetricNames.REQUESTS_WAITING,
            MetricNames.KV_CACHE_USAGE,
            MetricNames.CACHE_CONFIG_INFO,
            MetricNames.MODEL,
            Map.of());

    /** vLLM's; it numbers its engines, and one process here is one engine. */
    static final RouterNames VLLM = new RouterNames(
            MetricNames.VLLM_REQUESTS_RUNNING,
            MetricNames.VLLM_REQUESTS_WAITING,
            MetricNames.VLLM_KV_CACHE_USAGE,
            MetricNames.VLLM_CACHE_CONFIG_INFO,
            "model_name",
            Map.of("engine", "0"));

    /** Name of a figure. */
    String of(RouterFigure figure) {
        return switch (figure) {
            case RUNNING -> running;
            case WAITING -> waiting;
            case KV_CACHE_USAGE -> kvCacheUsage;
        };
    }

    /** HELP line of a figure. */
    String help(RouterFigure figure) {
        return MetricCatalogue.help(OWN.of(figure));
    }

    /** HELP line of the size of the KV cache. */
    String cacheHelp() {
        return MetricCatalogue.help(OWN.cacheInfo());
    }

    /** Labels of a model's series. */
    Map<String, String> labels(String model) {
        Map<String, String> labels = new LinkedHashMap<>(fixedLabels);
        labels.put(modelLabel, model);
        return labels;
    }

    /** Labels of the size of a model's KV cache, which {@code facts} has under our own. */
    Map<String, String> cacheLabels(Map<String, String> facts) {
        Map<String, String> labels = new LinkedHashMap<>(fixedLabels);
        facts.forEach((name, value) -> labels.put(name.equals(MetricNames.MODEL) ? modelLabel : name, value));
        return labels;
    }
}
