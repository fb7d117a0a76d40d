// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What every metric means. Scrapes take their HELP lines from here, and the table of {@code docs/metrics.md} is written
 * from it, so that there is one text for each.
 */
public final class MetricCatalogue {
    /** All metrics with names of our own, in the order of the documentation. */
    public static final List<MetricDescription> ALL = List.of(
            counter(
                    MetricNames.HTTP_REQUESTS,
                    "Answered requests on the public socket; endpoint \"other\" where no route was reached, as with a "
                            + "malformed head; status 499: the client went away first; a stream that failed after it "
                            + "began counts as 200",
                    MetricNames.ENDPOINT,
                    MetricNames.STATUS),
            gauge(MetricNames.REQUESTS_RUNNING, "Sequences that the scheduler works on", MetricNames.MODEL),
            gauge(MetricNames.REQUESTS_WAITING, "Requests in the queue", MetricNames.MODEL),
            counter(
                    MetricNames.REQUESTS_FINISHED,
                    "Ended sequences, by reason: stop, length (embedded texts too), cancelled, deadline, constraint (too "
                            + "ambiguous to be followed), error",
                    MetricNames.MODEL,
                    MetricNames.REASON),
            counter(
                    MetricNames.PROMPT_TOKENS,
                    "Prompt tokens computed, and tokens computed again after a pre-emption; not those from the prefix "
                            + "cache",
                    MetricNames.MODEL),
            counter(MetricNames.GENERATION_TOKENS, "Tokens generated", MetricNames.MODEL),
            histogram(
                    MetricNames.TIME_TO_FIRST_TOKEN,
                    "From a request's arrival at the engine to its first token",
                    MetricNames.MODEL),
            histogram(MetricNames.INTER_TOKEN_LATENCY, "Between two tokens of a request", MetricNames.MODEL),
            histogram(
                    MetricNames.REQUEST_LATENCY,
                    "From a request's arrival at the engine to its end",
                    MetricNames.MODEL),
            histogram(MetricNames.REQUEST_QUEUE_TIME, "Time in the queue", MetricNames.MODEL),
            histogram(MetricNames.STEP_TIME, "Wall time of a scheduler step", MetricNames.MODEL),
            histogram(
                    MetricNames.STEP_TOKENS,
                    "Tokens computed in a step: prompt tokens and decoded sequences",
                    MetricNames.MODEL),
            counter(
                    MetricNames.WEIGHT_READ_BYTES,
                    "Bytes of weights that steps have read, each matrix once a step whatever the number of rows; divided "
                            + "by time the least bandwidth that computing took",
                    MetricNames.MODEL),
            counter(
                    MetricNames.KV_READ_BYTES,
                    "Bytes of keys and values that steps have read, each sequence's once a step whatever the number of "
                            + "its rows",
                    MetricNames.MODEL),
            gauge(
                    MetricNames.KV_CACHE_USAGE,
                    "Share of KV blocks that sequences hold, 0 to 1; blocks that are kept for their contents alone count "
                            + "as free",
                    MetricNames.MODEL),
            counter(
                    MetricNames.PREFIX_CACHE_QUERIES,
                    "Prompt tokens of requests when they were taken up, embedded texts aside",
                    MetricNames.MODEL),
            counter(
                    MetricNames.PREFIX_CACHE_HITS,
                    "Prompt tokens that were found in the prefix cache",
                    MetricNames.MODEL),
            counter(
                    MetricNames.PREFIX_CACHE_EVICTIONS,
                    "Blocks of the prefix cache that were given to others",
                    MetricNames.MODEL),
            counter(
                    MetricNames.SPECULATED_TOKENS,
                    "Tokens that were guessed from the text so far and computed ahead of time",
                    MetricNames.MODEL),
            counter(
                    MetricNames.ACCEPTED_TOKENS,
                    "Guessed tokens that were right, each a step saved",
                    MetricNames.MODEL),
            counter(
                    MetricNames.PREEMPTIONS,
                    "Sequences that gave up their KV blocks to be computed again",
                    MetricNames.MODEL),
            gauge(MetricNames.COMPUTE_THREADS, "Compute threads, shared by all models"),
            gauge(
                    MetricNames.ALLOWED_CPUS,
                    "CPUs' worth of time that the process may use: allowed CPUs, less where a control group or the JVM "
                            + "limits them"),
            gauge(
                    MetricNames.RESIDENT_MEMORY,
                    "What the process has in physical memory, mapped weights included; absent where the system does not "
                            + "tell"),
            gauge(
                    MetricNames.MEMORY_LIMIT,
                    "What the control group of the process, or one around it, may have at most; absent where there is no "
                            + "limit"),
            gauge(
                    MetricNames.READ_BANDWIDTH,
                    "What the memory can deliver to the compute threads, as measured before by dendra bench; only with "
                            + "--read-bandwidth"),
            gauge(
                    MetricNames.WEIGHT_DENSITY,
                    "Stored share of the weights: attention, feed_forward, embedding (with a tied head), head; 1 for a "
                            + "dense model",
                    MetricNames.LAYER_KIND,
                    MetricNames.MODEL),
            info(
                    MetricNames.KERNEL_INFO,
                    "The kernels that run, not those that the processor could run; passed_over says why better ones do "
                            + "not",
                    "provider",
                    "isa",
                    "vector_bits",
                    "threads",
                    "activations",
                    "passed_over"),
            info(
                    MetricNames.CPU_INFO,
                    "The processor, as far as the system tells; isa_path is the instruction set of the kernels that run",
                    "vendor",
                    "cpu_model",
                    "family",
                    "model_id",
                    "stepping",
                    "microcode",
                    "microarchitecture",
                    "isa_path",
                    "sockets",
                    "numa_nodes",
                    "cpus_allowed",
                    "smt",
                    "turbo",
                    "governor"),
            info(
                    MetricNames.MODEL_INFO,
                    "The served model; perplexity_ratio is to the model that a sparse one was made from, empty where it "
                            + "was not measured",
                    MetricNames.MODEL,
                    "architecture",
                    "quant",
                    "pattern",
                    "perplexity_ratio",
                    "ctx",
                    "kv_type",
                    "kv_bytes",
                    "weights"),
            info(MetricNames.KV_CACHE_INFO, "The size of the KV cache", MetricNames.MODEL, "blocks", "block_tokens"),
            info(
                    MetricNames.CACHE_CONFIG_INFO,
                    "The size of the KV cache under the labels that llm-d's router reads: tokens of a block, and blocks",
                    MetricNames.MODEL,
                    MetricNames.BLOCK_SIZE,
                    MetricNames.CACHE_BLOCKS),
            info(MetricNames.BUILD_INFO, "The program", "version"),
            info(
                    MetricNames.ENERGY_METER_INFO,
                    "Where joules come from (powercap, perf, hwmon), what they cover and whose they are; none and the "
                            + "reason where nothing is measured",
                    MetricNames.SOURCE,
                    "domains",
                    "scope",
                    "shared",
                    MetricNames.REASON),
            counter(MetricNames.ENERGY_PACKAGE, "Joules of processor packages", MetricNames.PACKAGE),
            counter(
                    MetricNames.ENERGY_DRAM,
                    "Joules of the packages' memory, which the package does not contain; absent where the processor does "
                            + "not count it",
                    MetricNames.PACKAGE),
            counter(
                    MetricNames.ENERGY_PLATFORM,
                    "Joules of the machine by psys or acpi; contains packages and memory, so they are not to be added",
                    MetricNames.SOURCE),
            counter(
                    MetricNames.ENERGY_ATTRIBUTED,
                    "Joules of packages and memory by what they were spent on: prefill, decode, idle; adds up to those but "
                            + "for the step under way",
                    MetricNames.PHASE),
            gauge(
                    MetricNames.ENERGY_RESIDUAL,
                    "Joules by which the fitted powers of prefill and decode miss the meter, as a share of the measured ones; NaN "
                            + "before it is known"),
            gauge(
                    MetricNames.ENERGY_IDLE,
                    "Watts when nothing is computed, over the last minute of such time; NaN before it is known"),
            counter(
                    MetricNames.ENERGY_REQUESTS,
                    "Joules spent on requests: gross (prefill and decode), marginal (of these, what an idle machine would "
                            + "not have spent; nothing before the idle watts are known)",
                    MetricNames.BASIS),
            counter(
                    MetricNames.ENERGY_READ_ERRORS,
                    "Readings of the energy meter that failed: eacces, enoent, implausible, other",
                    MetricNames.REASON),
            counter(
                    MetricNames.ENERGY_ESTIMATED,
                    "Joules by an estimate, not measured: the watts of --energy-estimate-watts times the seconds in which "
                            + "a step ran",
                    MetricNames.MODEL));

    private static final Map<String, MetricDescription> BY_NAME =
            ALL.stream().collect(Collectors.toMap(MetricDescription::name, Function.identity()));

    private MetricCatalogue() {}

    /**
     * The HELP line of a metric.
     *
     * @throws IllegalArgumentException if {@code name} is not in the catalogue
     */
    public static String help(String name) {
        MetricDescription description = BY_NAME.get(name);
        if (description == null) {
            throw new IllegalArgumentException("not in the catalogue of metrics: " + name);
        }
        return description.help();
    }

    private static MetricDescription counter(String name, String help, String... labels) {
        return new MetricDescription(name, MetricType.COUNTER, List.of(labels), help);
    }

    private static MetricDescription gauge(String name, String help, String... labels) {
        return new MetricDescription(name, MetricType.GAUGE, List.of(labels), help);
    }

    private static MetricDescription histogram(String name, String help, String... labels) {
        return new MetricDescription(name, MetricType.HISTOGRAM, List.of(labels), help);
    }

    private static MetricDescription info(String name, String help, String... labels) {
        return new MetricDescription(name, MetricType.INFO, List.of(labels), help);
    }
}
