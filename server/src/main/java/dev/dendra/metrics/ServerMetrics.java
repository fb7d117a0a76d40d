// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.Collector;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;

/**
 * The metrics of one server, kept by Micrometer and shown to Prometheus. Safe for use by several threads.
 */
public final class ServerMetrics {
    /** {@code Content-Type} of the Prometheus text format. */
    public static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    /** {@code Content-Type} of OpenMetrics. */
    public static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private final Map<String, List<Map<String, String>>> infos = new ConcurrentHashMap<>();

    private final Map<String, ModelMetrics> models = new ConcurrentSkipListMap<>();

    private final RouterPage routerPage;

    /** With names of our own only. */
    public ServerMetrics() {
        this(List.of(RouterNames.OWN));
    }

    private ServerMetrics(List<RouterNames> routerNames) {
        this.routerPage = new RouterPage(routerNames);
    }

    /** With the figures that routers read under vLLM's names as well, for what knows no others. */
    public static ServerMetrics withVllmNames() {
        ServerMetrics metrics = new ServerMetrics(List.of(RouterNames.OWN, RouterNames.VLLM));
        metrics.registry
                .getPrometheusRegistry()
                .register(new AliasCollector(
                        RouterNames.VLLM, metrics.models, () -> metrics.points(MetricNames.CACHE_CONFIG_INFO)));
        return metrics;
    }

    /** Micrometer forgets what nobody else holds. */
    private final List<DoubleSupplier> held = new CopyOnWriteArrayList<>();

    /** What one model reports, labelled with its name. Not twice for one name. */
    public ModelMetrics model(String name) {
        ModelMetrics model = new ModelMetrics(registry, name);
        models.put(name, model);
        showToRouters();
        return model;
    }

    /** What the engine of a model is doing; nothing before the model {@linkplain #model reports}. */
    public EngineActivity activity(String model) {
        ModelMetrics metrics = models.get(model);
        return metrics == null ? EngineActivity.none() : metrics.activity();
    }

    /** The labels under which {@link #info} showed facts as {@code name}; empty before it has. */
    public Map<String, String> facts(String name) {
        List<Map<String, String>> points = points(name);
        return points.isEmpty() ? Map.of() : points.getFirst();
    }

    /** Those of them that are labelled with a model's name. */
    public Map<String, String> facts(String name, String model) {
        return points(name).stream()
                .filter(point -> model.equals(point.get(MetricNames.MODEL)))
                .findFirst()
                .orElse(Map.of());
    }

    /** A request to {@code endpoint} was answered with {@code status}. */
    public void request(String endpoint, int status) {
        Counter.builder(MetricNames.HTTP_REQUESTS)
                .description(MetricCatalogue.help(MetricNames.HTTP_REQUESTS))
                .tag(MetricNames.ENDPOINT, endpoint)
                .tag(MetricNames.STATUS, Integer.toString(status))
                .register(registry)
                .increment();
    }

    /**
     * Shows a counter that others keep.
     *
     * @param name one of {@link MetricCatalogue}
     * @param value asked for when it is shown; never less than before
     */
    public void counter(String name, Map<String, String> labels, DoubleSupplier value) {
        held.add(value);
        FunctionCounter.builder(name, value, DoubleSupplier::getAsDouble)
                .description(MetricCatalogue.help(name))
                .tags(labels.entrySet().stream()
                        .map(label -> Tag.of(label.getKey(), label.getValue()))
                        .toList())
                .register(registry);
    }

    /**
     * Shows a gauge.
     *
     * @param name one of {@link MetricCatalogue}
     * @param value asked for when it is shown; NaN if it is not known
     */
    public void gauge(String name, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble)
                .description(MetricCatalogue.help(name))
                .register(registry);
    }

    /**
     * Shows facts that do not change, as the labels of a series whose value is 1; further facts under the same name, such
     * as those of another model, become further series.
     *
     * @param name one of {@link MetricCatalogue}, ending in {@code _info}
     */
    public void info(String name, Map<String, String> labels) {
        if (!name.endsWith("_info")) {
            throw new IllegalArgumentException("not the name of an info metric: " + name);
        }
        List<Map<String, String>> points = infos.computeIfAbsent(name, this::register);
        if (!points.contains(labels)) {
            points.add(new LinkedHashMap<>(labels));
        }
        if (name.equals(MetricNames.CACHE_CONFIG_INFO)) {
            showToRouters();
        }
    }

    /**
     * Shows a number of the whole server that does not change.
     *
     * @param name one of {@link MetricCatalogue}
     */
    public void constant(String name, double value) {
        Gauge.builder(name, () -> value).description(MetricCatalogue.help(name)).register(registry);
    }

    private List<Map<String, String>> points(String name) {
        return infos.getOrDefault(name, List.of());
    }

    private void showToRouters() {
        routerPage.show(models, points(MetricNames.CACHE_CONFIG_INFO));
    }

    private List<Map<String, String>> register(String name) {
        String help = MetricCatalogue.help(name);
        List<Map<String, String>> points = new CopyOnWriteArrayList<>();
        // Micrometer has no info metrics, and would cut the suffix off a gauge of this name.
        registry.getPrometheusRegistry().register((Collector) () -> Snapshots.info(name, help, points));
        return points;
    }

    /** The {@code Content-Type} for a client that sends {@code accept}. */
    public static String contentType(String accept) {
        return accept.toLowerCase(Locale.ROOT).contains("application/openmetrics-text")
                ? OPEN_METRICS
                : PROMETHEUS_TEXT;
    }

    /**
     * The few figures that routers ask for, many times a second, as {@link #PROMETHEUS_TEXT}. All but the numbers was
     * rendered when the models were loaded.
     */
    public String routerScrape() {
        return routerPage.render();
    }

    /** All metrics in the format {@code contentType}, one of the two above. */
    public String scrape(String contentType) {
        return registry.scrape(contentType);
    }
}
