// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

/**
 * Every metric as Prometheus shows it: base units, the unit in the name, counters end in {@code _total}. What each is, and
 * under which labels, says {@link MetricCatalogue}.
 */
public final class MetricNames {
    /** Counter: answered requests. Labels {@link #ENDPOINT}, {@link #STATUS}. */
    public static final String HTTP_REQUESTS = "dendra_http_requests_total";

    /** Gauge: sequences that the scheduler works on. */
    public static final String REQUESTS_RUNNING = "dendra_requests_running";

    /** Gauge: requests in the queue. */
    public static final String REQUESTS_WAITING = "dendra_requests_waiting";

    /** Counter: ended requests. Label {@link #REASON}. */
    public static final String REQUESTS_FINISHED = "dendra_requests_finished_total";

    /** Counter: prompt tokens computed. */
    public static final String PROMPT_TOKENS = "dendra_prompt_tokens_total";

    /** Counter: prompt tokens that were looked up in the prefix cache. */
    public static final String PREFIX_CACHE_QUERIES = "dendra_prefix_cache_queried_tokens_total";

    /** Counter: prompt tokens that were found in the prefix cache. */
    public static final String PREFIX_CACHE_HITS = "dendra_prefix_cache_hit_tokens_total";

    /** Counter: tokens that were guessed and computed ahead of time. */
    public static final String SPECULATED_TOKENS = "dendra_speculated_tokens_total";

    /** Counter: guessed tokens that were right. */
    public static final String ACCEPTED_TOKENS = "dendra_speculated_accepted_tokens_total";

    /** Counter: blocks of the prefix cache that were given to others. */
    public static final String PREFIX_CACHE_EVICTIONS = "dendra_prefix_cache_evicted_blocks_total";

    /** Counter: sequences that gave up their KV blocks to be computed again. */
    public static final String PREEMPTIONS = "dendra_preemptions_total";

    /** Counter: tokens generated. */
    public static final String GENERATION_TOKENS = "dendra_generation_tokens_total";

    /** Histogram: from a request's arrival at the engine to its first token. */
    public static final String TIME_TO_FIRST_TOKEN = "dendra_time_to_first_token_seconds";

    /** Histogram: between two tokens of a request. */
    public static final String INTER_TOKEN_LATENCY = "dendra_inter_token_latency_seconds";

    /** Histogram: from a request's arrival at the engine to its end. */
    public static final String REQUEST_LATENCY = "dendra_e2e_request_latency_seconds";

    /** Histogram: time in the queue. */
    public static final String REQUEST_QUEUE_TIME = "dendra_request_queue_time_seconds";

    /** Histogram: one step of the scheduler. */
    public static final String STEP_TIME = "dendra_step_seconds";

    /** Histogram: tokens computed in a step, prompt tokens and decoded sequences together. */
    public static final String STEP_TOKENS = "dendra_step_tokens";

    /** Gauge: share of KV blocks in use, 0 to 1. */
    public static final String KV_CACHE_USAGE = "dendra_kv_cache_usage_ratio";

    /** Info: the kernels that run. Labels such as {@code provider}, {@code isa}. */
    public static final String KERNEL_INFO = "dendra_kernel_info";

    /** Info: the processor. Labels such as {@code vendor}, {@code cpu_model}, {@code isa_path}. */
    public static final String CPU_INFO = "dendra_cpu_info";

    /** Info: the model that is served. Labels such as {@code model}, {@code quant}, {@code ctx}. */
    public static final String MODEL_INFO = "dendra_model_info";

    /** Info: the program. Label {@code version}. */
    public static final String BUILD_INFO = "dendra_build_info";

    /** Info: the KV cache. Labels {@code blocks}, {@code block_tokens}. */
    public static final String KV_CACHE_INFO = "dendra_kv_cache_info";

    /** Info: the KV cache under the labels that llm-d's router reads. */
    public static final String CACHE_CONFIG_INFO = "dendra_cache_config_info";

    /** Gauge: compute threads. */
    public static final String COMPUTE_THREADS = "dendra_compute_threads";

    /** Gauge: CPUs' worth of time that the process may use. */
    public static final String ALLOWED_CPUS = "dendra_allowed_cpus";

    /** Gauge: bytes that the process has in physical memory. */
    public static final String RESIDENT_MEMORY = "dendra_resident_memory_bytes";

    /** Gauge: bytes that its control group may have. */
    public static final String MEMORY_LIMIT = "dendra_memory_limit_bytes";

    /** Counter: bytes of weights that steps have read. */
    public static final String WEIGHT_READ_BYTES = "dendra_weight_read_bytes_total";

    /** Counter: bytes of keys and values that steps have read. */
    public static final String KV_READ_BYTES = "dendra_kv_read_bytes_total";

    /** Gauge: what the memory can deliver, as the operator has measured it. */
    public static final String READ_BANDWIDTH = "dendra_read_bandwidth_bytes_per_second";

    /** Gauge: stored share of the weights, 0 to 1. Label {@link #LAYER_KIND}. */
    public static final String WEIGHT_DENSITY = "dendra_weight_density_ratio";

    /** Counter: joules of processor packages. Label {@link #PACKAGE}. */
    public static final String ENERGY_PACKAGE = "dendra_energy_package_joules_total";

    /** Counter: joules of memory. Label {@link #PACKAGE}. */
    public static final String ENERGY_DRAM = "dendra_energy_dram_joules_total";

    /** Counter: joules of the platform, which contains packages and memory. Label {@link #SOURCE}. */
    public static final String ENERGY_PLATFORM = "dendra_energy_platform_joules_total";

    /** Counter: joules by what they were spent on. Label {@link #PHASE}. */
    public static final String ENERGY_ATTRIBUTED = "dendra_energy_attributed_joules_total";

    /** Gauge: share by which the cost model misses the meter. */
    public static final String ENERGY_RESIDUAL = "dendra_energy_attribution_residual_ratio";

    /** Gauge: watts when nothing is computed. */
    public static final String ENERGY_IDLE = "dendra_energy_idle_watts";

    /** Counter: joules spent on requests. Label {@link #BASIS}. */
    public static final String ENERGY_REQUESTS = "dendra_energy_request_joules_total";

    /** Counter: joules by an estimate, not measured. Label {@link #MODEL}, here the way of estimating. */
    public static final String ENERGY_ESTIMATED = "dendra_energy_estimated_joules_total";

    /** Info: where joules come from, or why there are none. Labels such as {@code source}, {@code reason}. */
    public static final String ENERGY_METER_INFO = "dendra_energy_meter_info";

    /** Counter: readings of the energy meter that failed. Label {@link #REASON}. */
    public static final String ENERGY_READ_ERRORS = "dendra_energy_read_errors_total";

    /** Label: number of a processor package. */
    public static final String PACKAGE = "package";

    /** Label: {@code acpi} or {@code psys}. */
    public static final String SOURCE = "source";

    /** Label: {@code prefill}, {@code decode} or {@code idle}. */
    public static final String PHASE = "phase";

    /** Label: {@code gross}, or {@code marginal} for what an idle machine would not have spent. */
    public static final String BASIS = "basis";

    /** Label: {@code attention}, {@code feed_forward}, {@code embedding} or {@code head}. */
    public static final String LAYER_KIND = "layer_kind";

    /** Label: route, such as {@code /v1/completions}; {@code other} for unknown ones. */
    public static final String ENDPOINT = "endpoint";

    /** Label: name under which clients ask for a model. On every metric of an engine and of a model's weights. */
    public static final String MODEL = "model";

    /** Label: tokens in a KV block, under the name that routers know. */
    public static final String BLOCK_SIZE = "block_size";

    /** Label: KV blocks, under the name that routers know, wherever the cache lies. */
    public static final String CACHE_BLOCKS = "num_gpu_blocks";

    /** Label: HTTP status; 499 if the client went away before the answer. */
    public static final String STATUS = "status";

    /** Label: {@code stop}, {@code length}, {@code cancelled}, {@code deadline} or {@code error}. */
    public static final String REASON = "reason";

    /** vLLM's name of {@link #REQUESTS_RUNNING}. */
    public static final String VLLM_REQUESTS_RUNNING = "vllm:num_requests_running";

    /** vLLM's name of {@link #REQUESTS_WAITING}. */
    public static final String VLLM_REQUESTS_WAITING = "vllm:num_requests_waiting";

    /** vLLM's name of {@link #KV_CACHE_USAGE}. */
    public static final String VLLM_KV_CACHE_USAGE = "vllm:kv_cache_usage_perc";

    /** vLLM's name of {@link #CACHE_CONFIG_INFO}. */
    public static final String VLLM_CACHE_CONFIG_INFO = "vllm:cache_config_info";

    private MetricNames() {}
}
