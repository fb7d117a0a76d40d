// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.format.Sparsification;
import dev.dendra.kernels.KernelInfo;
import dev.dendra.kernels.KvLayout;
import dev.dendra.metrics.MetricNames;
import dev.dendra.metrics.ModelMetrics;
import dev.dendra.metrics.ServerMetrics;
import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.CpuSettings;
import dev.dendra.platform.ThreadAffinity;
import dev.dendra.tensor.Pattern;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a running server is made of, as metrics that other metrics can be joined with.
 *
 * @param id name under which clients ask for the model
 * @param opened the model
 * @param loaded the kernels and threads that run it
 */
record ServerFacts(String id, OpenedModel opened, LoadedModel loaded) {

    /** Adds them to {@code metrics} and {@code modelMetrics}. */
    void show(ServerMetrics metrics, ModelMetrics modelMetrics) {
        metrics.info(MetricNames.KERNEL_INFO, kernels());
        metrics.info(MetricNames.CPU_INFO, cpu(CpuFeatures.detect(), CpuSettings.detect()));
        metrics.info(MetricNames.MODEL_INFO, model());
        metrics.info(MetricNames.KV_CACHE_INFO, kvCache("blocks", "block_tokens"));
        metrics.info(MetricNames.CACHE_CONFIG_INFO, kvCache(MetricNames.CACHE_BLOCKS, MetricNames.BLOCK_SIZE));
        metrics.info(MetricNames.BUILD_INFO, Map.of("version", DendraCommand.Version.text()));
        metrics.constant(MetricNames.COMPUTE_THREADS, loaded.pool().threads());
        metrics.constant(MetricNames.ALLOWED_CPUS, ThreadAffinity.availableCpus());
        SparsityReport.densities(opened.source()).forEach(modelMetrics::weightDensity);
        WeightSummary weights = WeightSummary.of(opened.source());
        modelMetrics.readSizes(
                weights.bytesPerToken() - weights.headBytes(),
                weights.headBytes(),
                loaded.model().kvLayout().bytesPerToken());
    }

    private Map<String, String> kernels() {
        KernelInfo info = loaded.kernels().info();
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("provider", info.provider());
        labels.put("isa", info.isa());
        labels.put("vector_bits", Integer.toString(info.vectorBits()));
        labels.put("threads", Integer.toString(loaded.pool().threads()));
        labels.put("activations", loaded.model().activations().toString());
        labels.put("passed_over", String.join("; ", loaded.passedOver()));
        return labels;
    }

    private Map<String, String> cpu(CpuFeatures cpu, CpuSettings settings) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("vendor", cpu.vendor());
        labels.put("cpu_model", cpu.modelName());
        labels.put("family", Integer.toString(cpu.family()));
        labels.put("model_id", Integer.toString(cpu.model()));
        labels.put("stepping", Integer.toString(cpu.stepping()));
        labels.put("microcode", settings.microcode());
        labels.put("microarchitecture", cpu.microarchitecture());
        labels.put("isa_path", loaded.kernels().info().isa());
        labels.put("sockets", Integer.toString(settings.sockets()));
        labels.put("numa_nodes", Integer.toString(settings.numaNodes()));
        labels.put("cpus_allowed", Integer.toString(ThreadAffinity.availableCpus()));
        labels.put("smt", settings.hardwareThreads());
        labels.put("turbo", settings.turbo());
        labels.put("governor", settings.governor());
        return labels;
    }

    private Map<String, String> kvCache(String blocks, String blockTokens) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put(MetricNames.MODEL, id);
        labels.put(blocks, Integer.toString(loaded.model().kvBlocks()));
        labels.put(blockTokens, Integer.toString(KvLayout.BLOCK_TOKENS));
        return labels;
    }

    private Map<String, String> model() {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("model", id);
        labels.put("architecture", loaded.model().config().architecture());
        labels.put("quant", WeightSummary.of(opened.source()).encodings());
        Optional<Sparsification> sparse = opened.source().sparsification();
        labels.put("pattern", sparse.map(each -> each.pattern().id()).orElse(Pattern.DENSE.id()));
        labels.put(
                "perplexity_ratio",
                sparse.flatMap(Sparsification::quality)
                        .map(quality -> String.format(Locale.ROOT, "%.4f", quality.ratio()))
                        .orElse(""));
        labels.put("ctx", Integer.toString(loaded.model().contextLength()));
        labels.put("kv_type", loaded.model().kvLayout().type().id());
        labels.put("kv_bytes", Long.toString(loaded.model().kvLayout().bytes()));
        labels.put("weights", loaded.model().weightPlacement());
        return labels;
    }
}
