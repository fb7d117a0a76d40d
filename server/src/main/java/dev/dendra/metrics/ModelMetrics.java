// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * The metrics of one model, each with its name as a label. Bucket bounds of the latencies are those of vLLM, so that
 * queries and dashboards can be carried over. Safe for use by several threads.
 */
public final class ModelMetrics implements EngineMetrics {
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

    private final MeterRegistry registry;
    private final Tags tags;

    // Made once: looking a meter up costs more than updating it, and the scheduler thread updates them at every step.
    private final Counter promptTokens;
    private final Counter generationTokens;
    private final Counter prefixQueries;
    private final Counter prefixHits;
    private final Counter prefixEvictions;
    private final Counter speculated;
    private final Counter accepted;
    private final Counter preemptions;
    private final Timer stepTime;
    private final DistributionSummary stepTokens;
    private final Timer queueTime;
    private final Timer firstToken;
    private final Timer interToken;
    private final Timer requestLatency;
    private final Map<String, Counter> finished = new HashMap<>();
    private final RecentSteps recentSteps = new RecentSteps();
    private volatile DoubleSupplier running = () -> 0;
    private volatile DoubleSupplier waiting = () -> 0;
    private volatile DoubleSupplier kvCacheUsage = () -> 0;

    /** With all counters at zero. */
    ModelMetrics(MeterRegistry registry, String model) {
        this.registry = registry;
        this.tags = Tags.of(MetricNames.MODEL, model);
        promptTokens = counter(MetricNames.PROMPT_TOKENS, "Prompt tokens computed");
        generationTokens = counter(MetricNames.GENERATION_TOKENS, "Tokens generated");
        prefixQueries = counter(MetricNames.PREFIX_CACHE_QUERIES, "Prompt tokens looked up in the prefix cache");
        prefixHits = counter(MetricNames.PREFIX_CACHE_HITS, "Prompt tokens found in the prefix cache");
        prefixEvictions = counter(MetricNames.PREFIX_CACHE_EVICTIONS, "Prefix cache blocks given to others");
        speculated = counter(MetricNames.SPECULATED_TOKENS, "Tokens guessed and computed ahead of time");
        accepted = counter(MetricNames.ACCEPTED_TOKENS, "Guessed tokens that were right");
        preemptions = counter(MetricNames.PREEMPTIONS, "Sequences that gave up their KV blocks to be computed again");
        stepTime = timer(MetricNames.STEP_TIME, "Wall time of a scheduler step", STEP_BUCKETS);
        stepTokens = DistributionSummary.builder(MetricNames.STEP_TOKENS)
                .description("Tokens computed in a step")
                .tags(tags)
                .serviceLevelObjectives(STEP_TOKEN_BUCKETS)
                .register(registry);
        queueTime = timer(MetricNames.REQUEST_QUEUE_TIME, "Time of requests in the queue", REQUEST_BUCKETS);
        firstToken = timer(
                MetricNames.TIME_TO_FIRST_TOKEN, "From a request's arrival to its first token", FIRST_TOKEN_BUCKETS);
        interToken = timer(MetricNames.INTER_TOKEN_LATENCY, "Between two tokens of a request", INTER_TOKEN_BUCKETS);
        requestLatency = timer(MetricNames.REQUEST_LATENCY, "From a request's arrival to its end", REQUEST_BUCKETS);
        for (String reason : new String[] {"stop", "length", "cancelled", "deadline", "constraint", "error"}) {
            finished.put(
                    reason,
                    Counter.builder(MetricNames.REQUESTS_FINISHED)
                            .description("Ended requests")
                            .tags(tags)
                            .tag(MetricNames.REASON, reason)
                            .register(registry));
        }
    }

    @Override
    public void gauges(DoubleSupplier running, DoubleSupplier waiting, DoubleSupplier kvCacheUsage) {
        this.running = running;
        this.waiting = waiting;
        this.kvCacheUsage = kvCacheUsage;
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
    public void prefixCache(int queriedTokens, int hitTokens) {
        prefixQueries.increment(queriedTokens);
        prefixHits.increment(hitTokens);
    }

    @Override
    public void preempted() {
        preemptions.increment();
    }

    @Override
    public void speculated(int guessed, int right) {
        speculated.increment(guessed);
        accepted.increment(right);
        recentSteps.addAccepted(right);
    }

    @Override
    public void evicted(int blocks) {
        prefixEvictions.increment(blocks);
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

    /** What the engine is doing. Takes microseconds and waits for nobody. */
    EngineActivity activity() {
        Map<String, Long> ended = new TreeMap<>();
        finished.forEach((reason, counter) -> ended.put(reason, (long) counter.count()));
        return new EngineActivity(
                running.getAsDouble(),
                waiting.getAsDouble(),
                kvCacheUsage.getAsDouble(),
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
                .tags(tags)
                .tag(MetricNames.LAYER_KIND, layerKind)
                .register(registry);
    }

    /** A timer rather than a summary of seconds: Micrometer's summaries round values up to whole numbers. */
    private Timer timer(String name, String description, double[] bucketSeconds) {
        // The registry puts the unit back.
        return Timer.builder(name.substring(0, name.length() - "_seconds".length()))
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(Arrays.stream(bucketSeconds)
                        .mapToObj(seconds -> Duration.ofNanos(nanos(seconds)))
                        .toArray(Duration[]::new))
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).tags(tags).register(registry);
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }

    private void gauge(String name, String description, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble)
                .description(description)
                .tags(tags)
                .register(registry);
    }
}
