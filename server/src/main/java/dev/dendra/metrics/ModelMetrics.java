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
    private final Counter weightReadBytes;
    private final Counter kvReadBytes;
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
    private volatile ReadSizes sizes = new ReadSizes(0, 0, 0);
    private volatile DoubleSupplier running = () -> 0;
    private volatile DoubleSupplier waiting = () -> 0;
    private volatile DoubleSupplier kvCacheUsage = () -> 0;

    /** With all counters at zero. */
    ModelMetrics(MeterRegistry registry, String model) {
        this.registry = registry;
        this.tags = Tags.of(MetricNames.MODEL, model);
        promptTokens = counter(MetricNames.PROMPT_TOKENS);
        generationTokens = counter(MetricNames.GENERATION_TOKENS);
        weightReadBytes = counter(MetricNames.WEIGHT_READ_BYTES);
        kvReadBytes = counter(MetricNames.KV_READ_BYTES);
        prefixQueries = counter(MetricNames.PREFIX_CACHE_QUERIES);
        prefixHits = counter(MetricNames.PREFIX_CACHE_HITS);
        prefixEvictions = counter(MetricNames.PREFIX_CACHE_EVICTIONS);
        speculated = counter(MetricNames.SPECULATED_TOKENS);
        accepted = counter(MetricNames.ACCEPTED_TOKENS);
        preemptions = counter(MetricNames.PREEMPTIONS);
        stepTime = timer(MetricNames.STEP_TIME, STEP_BUCKETS);
        stepTokens = DistributionSummary.builder(MetricNames.STEP_TOKENS)
                .description(MetricCatalogue.help(MetricNames.STEP_TOKENS))
                .tags(tags)
                .serviceLevelObjectives(STEP_TOKEN_BUCKETS)
                .register(registry);
        queueTime = timer(MetricNames.REQUEST_QUEUE_TIME, REQUEST_BUCKETS);
        firstToken = timer(MetricNames.TIME_TO_FIRST_TOKEN, FIRST_TOKEN_BUCKETS);
        interToken = timer(MetricNames.INTER_TOKEN_LATENCY, INTER_TOKEN_BUCKETS);
        requestLatency = timer(MetricNames.REQUEST_LATENCY, REQUEST_BUCKETS);
        for (String reason : new String[] {"stop", "length", "cancelled", "deadline", "constraint", "error"}) {
            finished.put(
                    reason,
                    Counter.builder(MetricNames.REQUESTS_FINISHED)
                            .description(MetricCatalogue.help(MetricNames.REQUESTS_FINISHED))
                            .tags(tags)
                            .tag(MetricNames.REASON, reason)
                            .register(registry));
        }
    }

    /**
     * What a step reads; until this is known, {@link #read} counts nothing.
     *
     * @param blockBytes weights of all Transformer blocks
     * @param headBytes weights of the output head
     * @param kvTokenBytes keys and values of a token
     */
    public void readSizes(long blockBytes, long headBytes, long kvTokenBytes) {
        sizes = new ReadSizes(blockBytes, headBytes, kvTokenBytes);
    }

    @Override
    public void gauges(DoubleSupplier running, DoubleSupplier waiting, DoubleSupplier kvCacheUsage) {
        this.running = running;
        this.waiting = waiting;
        this.kvCacheUsage = kvCacheUsage;
        gauge(MetricNames.REQUESTS_RUNNING, running);
        gauge(MetricNames.REQUESTS_WAITING, waiting);
        gauge(MetricNames.KV_CACHE_USAGE, kvCacheUsage);
    }

    @Override
    public void step(int promptTokens, int decodedSequences, double seconds) {
        this.promptTokens.increment(promptTokens);
        stepTime.record(nanos(seconds), TimeUnit.NANOSECONDS);
        stepTokens.record((double) promptTokens + decodedSequences);
        recentSteps.add(promptTokens, decodedSequences);
    }

    @Override
    public void read(int headPasses, long kvTokens) {
        ReadSizes each = sizes;
        weightReadBytes.increment(each.blockBytes() + (double) headPasses * each.headBytes());
        kvReadBytes.increment((double) kvTokens * each.kvTokenBytes());
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

    /** Sequences that the scheduler works on. */
    double running() {
        return running.getAsDouble();
    }

    /** Requests in the queue. */
    double waiting() {
        return waiting.getAsDouble();
    }

    /** Share of KV blocks that sequences hold, 0 to 1. */
    double kvCacheUsage() {
        return kvCacheUsage.getAsDouble();
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
                .description(MetricCatalogue.help(MetricNames.WEIGHT_DENSITY))
                .tags(tags)
                .tag(MetricNames.LAYER_KIND, layerKind)
                .register(registry);
    }

    /** A timer rather than a summary of seconds: Micrometer's summaries round values up to whole numbers. */
    private Timer timer(String name, double[] bucketSeconds) {
        // The registry puts the unit back.
        return Timer.builder(name.substring(0, name.length() - "_seconds".length()))
                .description(MetricCatalogue.help(name))
                .tags(tags)
                .serviceLevelObjectives(Arrays.stream(bucketSeconds)
                        .mapToObj(seconds -> Duration.ofNanos(nanos(seconds)))
                        .toArray(Duration[]::new))
                .register(registry);
    }

    private Counter counter(String name) {
        return Counter.builder(name)
                .description(MetricCatalogue.help(name))
                .tags(tags)
                .register(registry);
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }

    private void gauge(String name, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble)
                .description(MetricCatalogue.help(name))
                .tags(tags)
                .register(registry);
    }

    private record ReadSizes(long blockBytes, long headBytes, long kvTokenBytes) {}
}
