// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;

/**
 * The metrics of one server, kept by Micrometer and shown to Prometheus. Bucket bounds of the latencies are those of
 * vLLM, so that queries and dashboards can be carried over. Safe for use by several threads.
 */
public final class ServerMetrics implements EngineMetrics {
    /** {@code Content-Type} of the Prometheus text format. */
    public static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    /** {@code Content-Type} of OpenMetrics. */
    public static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private static final double[] FIRST_TOKEN_BUCKETS = {
        .001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560
    };
    private static final double[] INTER_TOKEN_BUCKETS = {
        .01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80
    };
    private static final double[] REQUEST_BUCKETS = {
        .3, .5, .8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680
    };
    private static final double[] STEP_BUCKETS = {
        .001, .0025, .005, .0075, .01, .015, .02, .03, .05, .075, .1, .15, .25, .5, 1, 2.5, 5
    };
    private static final double[] STEP_TOKEN_BUCKETS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    // Made once: looking a meter up costs more than updating it, and the scheduler thread updates them at every step.
    private final Counter promptTokens;
    private final Counter generationTokens;
    private final Timer stepTime;
    private final DistributionSummary stepTokens;
    private final Timer queueTime;
    private final Timer firstToken;
    private final Timer interToken;
    private final Timer requestLatency;
    private final Map<String, Counter> finished = new HashMap<>();
    private final RecentSteps recentSteps = new RecentSteps();
    private final Map<String, Map<String, String>> facts = new ConcurrentHashMap<>();

    /** With all counters at zero. */
    public ServerMetrics() {
        promptTokens = Counter.builder(MetricNames.PROMPT_TOKENS)
                .description("Prompt tokens computed")
                .register(registry);
        generationTokens = Counter.builder(MetricNames.GENERATION_TOKENS)
                .description("Tokens generated")
                .register(registry);
        stepTime = timer(MetricNames.STEP_TIME, "Wall time of a scheduler step", STEP_BUCKETS);
        stepTokens = DistributionSummary.builder(MetricNames.STEP_TOKENS)
                .description("Tokens computed in a step")
                .serviceLevelObjectives(STEP_TOKEN_BUCKETS)
                .register(registry);
        queueTime = timer(MetricNames.REQUEST_QUEUE_TIME, "Time of requests in the queue", REQUEST_BUCKETS);
        firstToken = timer(
                MetricNames.TIME_TO_FIRST_TOKEN, "From a request's arrival to its first token", FIRST_TOKEN_BUCKETS);
        interToken = timer(MetricNames.INTER_TOKEN_LATENCY, "Between two tokens of a request", INTER_TOKEN_BUCKETS);
        requestLatency = timer(MetricNames.REQUEST_LATENCY, "From a request's arrival to its end", REQUEST_BUCKETS);
        for (String reason : new String[] {"stop", "length", "cancelled", "error"}) {
            finished.put(
                    reason,
                    Counter.builder(MetricNames.REQUESTS_FINISHED)
                            .description("Ended requests")
                            .tag(MetricNames.REASON, reason)
                            .register(registry));
        }
    }

    @Override
    public void gauges(DoubleSupplier running, DoubleSupplier waiting, DoubleSupplier kvCacheUsage) {
        gauge(MetricNames.REQUESTS_RUNNING, "Sequences that the scheduler works on", running);
        gauge(MetricNames.REQUESTS_WAITING, "Requests in the queue", waiting);
        gauge(MetricNames.KV_CACHE_USAGE, "Share of KV blocks in use", kvCacheUsage);
    }

    @Override
    public void step(int promptTokens, int decodedSequences, double seconds) {
        this.promptTokens.increment(promptTokens);
        stepTime.record(nanos(seconds), TimeUnit.NANOSECONDS);
        stepTokens.record((double) promptTokens + decodedSequences);
        recentSteps.add(promptTokens, decodedSequences);
    }

    @Override
    public void queued(double seconds) {
        queueTime.record(nanos(seconds), TimeUnit.NANOSECONDS);
    }

    @Override
    public void firstToken(double seconds) {
        generationTokens.increment();
        firstToken.record(nanos(seconds), TimeUnit.NANOSECONDS);
    }

    @Override
    public void interToken(double seconds) {
        generationTokens.increment();
        interToken.record(nanos(seconds), TimeUnit.NANOSECONDS);
    }

    @Override
    public void finished(String reason, int promptTokens, int generatedTokens, double seconds) {
        Counter counter = finished.get(reason);
        if (counter == null) {
            throw new IllegalArgumentException("not a reason why a request ends: " + reason);
        }
        counter.increment();
        requestLatency.record(nanos(seconds), TimeUnit.NANOSECONDS);
    }

    /** A request to {@code endpoint} was answered with {@code status}. */
    public void request(String endpoint, int status) {
        Counter.builder(MetricNames.HTTP_REQUESTS)
                .description("Answered HTTP requests")
                .tag(MetricNames.ENDPOINT, endpoint)
                .tag(MetricNames.STATUS, Integer.toString(status))
                .register(registry)
                .increment();
    }

    /**
     * Shows facts that do not change, as the labels of a series whose value is 1.
     *
     * @param name one of {@link MetricNames}, ending in {@code _info}
     */
    public void info(String name, String description, Map<String, String> labels) {
        if (!name.endsWith("_info")) {
            throw new IllegalArgumentException("not the name of an info metric: " + name);
        }
        String baseName = name.substring(0, name.length() - "_info".length());
        InfoSnapshot snapshot = InfoSnapshot.builder()
                .name(baseName)
                .help(description)
                .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                        .labels(Labels.of(
                                labels.keySet().toArray(String[]::new),
                                labels.values().toArray(String[]::new)))
                        .build())
                .build();
        // Micrometer has no info metrics, and would cut the suffix off a gauge of this name.
        registry.getPrometheusRegistry().register((Collector) () -> snapshot);
        facts.put(name, Map.copyOf(labels));
    }

    /** The labels under which {@link #info} showed facts as {@code name}; empty before it has. */
    public Map<String, String> facts(String name) {
        return facts.getOrDefault(name, Map.of());
    }

    /** What the engine is doing. Takes microseconds and waits for nobody. */
    public EngineActivity activity() {
        Map<String, Long> ended = new TreeMap<>();
        finished.forEach((reason, counter) -> ended.put(reason, (long) counter.count()));
        return new EngineActivity(
                gauge(MetricNames.REQUESTS_RUNNING).sum(),
                gauge(MetricNames.REQUESTS_WAITING).sum(),
                gauge(MetricNames.KV_CACHE_USAGE).max().orElse(0),
                (long) promptTokens.count(),
                (long) generationTokens.count(),
                stepTime.count(),
                ended,
                recentSteps.rates(),
                recentSteps.last());
    }

    /** The stored share of the weights of a kind of layer, 0 to 1. */
    public void weightDensity(String layerKind, double density) {
        Gauge.builder(MetricNames.WEIGHT_DENSITY, () -> density)
                .description("Stored share of the weights")
                .tag(MetricNames.LAYER_KIND, layerKind)
                .register(registry);
    }

    /** The {@code Content-Type} for a client that sends {@code accept}. */
    public static String contentType(String accept) {
        return accept.toLowerCase(Locale.ROOT).contains("application/openmetrics-text")
                ? OPEN_METRICS
                : PROMETHEUS_TEXT;
    }

    /** All metrics in the format {@code contentType}, one of the two above. */
    public String scrape(String contentType) {
        return registry.scrape(contentType);
    }

    /** A timer rather than a summary of seconds: Micrometer's summaries round values up to whole numbers. */
    private Timer timer(String name, String description, double[] bucketSeconds) {
        // The registry puts the unit back.
        return Timer.builder(name.substring(0, name.length() - "_seconds".length()))
                .description(description)
                .serviceLevelObjectives(Arrays.stream(bucketSeconds)
                        .mapToObj(seconds -> Duration.ofNanos(nanos(seconds)))
                        .toArray(Duration[]::new))
                .register(registry);
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }

    private DoubleStream gauge(String name) {
        return registry.find(name).gauges().stream().mapToDouble(Gauge::value);
    }

    private void gauge(String name, String description, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble).description(description).register(registry);
    }
}
