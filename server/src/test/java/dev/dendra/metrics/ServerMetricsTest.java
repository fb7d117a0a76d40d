// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ServerMetricsTest {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{[^}]*})? (NaN|[+-]Inf|[-+0-9.eE]+)");

    private final ServerMetrics metrics = new ServerMetrics();
    private final ModelMetrics model = metrics.model("tiny");

    @Test
    void showsEveryNameAndNoOther() throws Exception {
        model.gauges(() -> 1, () -> 2, () -> 0.5);
        metrics.request("/v1/completions", 200);
        metrics.info(MetricNames.KERNEL_INFO, Map.of("provider", "vector"));
        metrics.info(MetricNames.CPU_INFO, Map.of("vendor", "none"));
        metrics.info(MetricNames.MODEL_INFO, Map.of("model", "tiny"));
        metrics.info(MetricNames.KV_CACHE_INFO, Map.of("model", "tiny"));
        metrics.info(MetricNames.BUILD_INFO, Map.of("version", "1"));
        metrics.info(MetricNames.CACHE_CONFIG_INFO, Map.of("model", "tiny"));
        metrics.constant(MetricNames.COMPUTE_THREADS, 4);
        metrics.constant(MetricNames.ALLOWED_CPUS, 8);
        metrics.constant(MetricNames.RESIDENT_MEMORY, 1e9);
        metrics.constant(MetricNames.MEMORY_LIMIT, 2e9);
        metrics.constant(MetricNames.READ_BANDWIDTH, 35e9);
        model.weightDensity("attention", 0.5);
        showEnergy();
        TreeSet<String> expected = new TreeSet<>(namesOfOurOwn());
        TreeSet<String> shown = new TreeSet<>();
        for (String sample : samples().keySet()) {
            // Micrometer keeps the largest value of a histogram lately as a gauge of its own.
            String name = sample.replaceAll("\\{.*", "");
            if (!name.endsWith("_max")) {
                shown.add(name.replaceAll("_(bucket|count|sum)$", ""));
            }
        }
        assertEquals(expected, shown);
    }

    private void showEnergy() {
        metrics.info(MetricNames.ENERGY_METER_INFO, Map.of(MetricNames.SOURCE, "powercap"));
        for (String counter : new String[] {
            MetricNames.ENERGY_PACKAGE,
            MetricNames.ENERGY_DRAM,
            MetricNames.ENERGY_PLATFORM,
            MetricNames.ENERGY_ATTRIBUTED,
            MetricNames.ENERGY_REQUESTS,
            MetricNames.ENERGY_ESTIMATED,
            MetricNames.ENERGY_READ_ERRORS
        }) {
            metrics.counter(counter, Map.of(), () -> 1);
        }
        metrics.gauge(MetricNames.ENERGY_RESIDUAL, () -> 0.1);
        metrics.gauge(MetricNames.ENERGY_IDLE, () -> 80);
    }

    @Test
    void countersOfOthersAreReadWhenTheyAreShown() {
        AtomicReference<Double> joules = new AtomicReference<>(1.5);
        metrics.counter(MetricNames.ENERGY_PACKAGE, Map.of(MetricNames.PACKAGE, "0"), joules::get);
        metrics.counter(MetricNames.ENERGY_PACKAGE, Map.of(MetricNames.PACKAGE, "1"), () -> 7);
        joules.set(2.5);
        assertEquals(2.5, sample(samples(), "dendra_energy_package_joules_total{package=\"0\"}"));
        assertEquals(7, sample(samples(), "dendra_energy_package_joules_total{package=\"1\"}"));
    }

    @Test
    void theCatalogueHasEveryNameOnce() throws Exception {
        List<String> described = MetricCatalogue.ALL.stream()
                .map(MetricDescription::name)
                .sorted()
                .toList();
        assertEquals(namesOfOurOwn().stream().sorted().toList(), described);
        assertThrows(IllegalArgumentException.class, () -> MetricCatalogue.help("dendra_unheard_of"));
    }

    @Test
    void theDensityIsThatOfAKindOfLayer() {
        model.weightDensity("attention", 0.5);
        model.weightDensity("feed_forward", 0.25);
        assertEquals(
                0.25, sample(samples(), "dendra_weight_density_ratio{layer_kind=\"feed_forward\",model=\"tiny\"}"));
    }

    @Test
    void movesWithTheEngine() {
        model.step(30, 2, 0.02);
        model.queued(0.001);
        model.firstToken(0.3);
        model.interToken(0.04);
        model.interToken(0.2);
        model.finished("length", 30, 3, 0.7);
        Map<String, Double> samples = samples();
        assertEquals(30, sample(samples, "dendra_prompt_tokens_total{model=\"tiny\"}"));
        assertEquals(3, sample(samples, "dendra_generation_tokens_total{model=\"tiny\"}"));
        assertEquals(1, sample(samples, "dendra_requests_finished_total{model=\"tiny\",reason=\"length\"}"));
        assertEquals(0, sample(samples, "dendra_requests_finished_total{model=\"tiny\",reason=\"stop\"}"));
        assertEquals(0, sample(samples, "dendra_time_to_first_token_seconds_bucket{model=\"tiny\",le=\"0.25\"}"));
        assertEquals(1, sample(samples, "dendra_time_to_first_token_seconds_bucket{model=\"tiny\",le=\"0.5\"}"));
        assertEquals(1, sample(samples, "dendra_inter_token_latency_seconds_bucket{model=\"tiny\",le=\"0.05\"}"));
        assertEquals(2, sample(samples, "dendra_inter_token_latency_seconds_bucket{model=\"tiny\",le=\"+Inf\"}"));
        assertEquals(0.24, sample(samples, "dendra_inter_token_latency_seconds_sum{model=\"tiny\"}"), 1e-9);
        assertEquals(1, sample(samples, "dendra_request_queue_time_seconds_count{model=\"tiny\"}"));
        assertEquals(0.7, sample(samples, "dendra_e2e_request_latency_seconds_sum{model=\"tiny\"}"), 1e-9);
        assertEquals(0.02, sample(samples, "dendra_step_seconds_sum{model=\"tiny\"}"), 1e-9);
        assertEquals(32, sample(samples, "dendra_step_tokens_sum{model=\"tiny\"}"));
    }

    @Test
    void keepsModelsApart() {
        EngineMetrics other = metrics.model("other");
        model.step(1, 0, 0.1);
        other.step(5, 0, 0.1);
        other.gauges(() -> 7, () -> 0, () -> 0);
        metrics.info(MetricNames.MODEL_INFO, Map.of("model", "tiny"));
        metrics.info(MetricNames.MODEL_INFO, Map.of("model", "other"));
        metrics.info(MetricNames.MODEL_INFO, Map.of("model", "other"));
        Map<String, Double> samples = samples();
        assertEquals(1, sample(samples, "dendra_prompt_tokens_total{model=\"tiny\"}"));
        assertEquals(5, sample(samples, "dendra_prompt_tokens_total{model=\"other\"}"));
        assertEquals(7, sample(samples, "dendra_requests_running{model=\"other\"}"));
        assertEquals(1, sample(samples, "dendra_model_info{model=\"tiny\"}"));
        assertEquals(1, sample(samples, "dendra_model_info{model=\"other\"}"));
    }

    @Test
    void countsWhatBecomesOfKvBlocks() {
        model.prefixCache(100, 0);
        model.prefixCache(100, 96);
        model.preempted();
        model.evicted(7);
        model.speculated(8, 3);
        Map<String, Double> samples = samples();
        assertEquals(200, sample(samples, "dendra_prefix_cache_queried_tokens_total{model=\"tiny\"}"));
        assertEquals(96, sample(samples, "dendra_prefix_cache_hit_tokens_total{model=\"tiny\"}"));
        assertEquals(7, sample(samples, "dendra_prefix_cache_evicted_blocks_total{model=\"tiny\"}"));
        assertEquals(8, sample(samples, "dendra_speculated_tokens_total{model=\"tiny\"}"));
        assertEquals(3, sample(samples, "dendra_speculated_accepted_tokens_total{model=\"tiny\"}"));
        assertEquals(1, sample(samples, "dendra_preemptions_total{model=\"tiny\"}"));
    }

    @Test
    void readsGaugesWhenItIsScraped() {
        AtomicReference<Double> usage = new AtomicReference<>(0.25);
        model.gauges(() -> 1, () -> 2, usage::get);
        assertEquals(0.25, sample(samples(), "dendra_kv_cache_usage_ratio{model=\"tiny\"}"));
        usage.set(0.75);
        assertEquals(0.75, sample(samples(), "dendra_kv_cache_usage_ratio{model=\"tiny\"}"));
        assertEquals(1, sample(samples(), "dendra_requests_running{model=\"tiny\"}"));
        assertEquals(2, sample(samples(), "dendra_requests_waiting{model=\"tiny\"}"));
    }

    @Test
    void countsWhatStepsReadOnceItsSizeIsKnown() {
        model.read(1, 100);
        model.readSizes(1000, 300, 20);
        model.read(0, 5);
        model.read(2, 50);
        Map<String, Double> samples = samples();
        assertEquals(2600, sample(samples, "dendra_weight_read_bytes_total{model=\"tiny\"}"));
        assertEquals(1100, sample(samples, "dendra_kv_read_bytes_total{model=\"tiny\"}"));
    }

    @Test
    void routersReadTheFewFiguresTheyChooseBy() {
        AtomicReference<Double> usage = new AtomicReference<>(0.25);
        model.gauges(() -> 3, () -> 2, usage::get);
        metrics.model("a \"b\"").gauges(() -> 1, () -> 0, () -> 0);
        cacheSize(metrics);
        usage.set(0.5);
        assertEquals("""
                # HELP dendra_requests_running Sequences that the scheduler works on
                # TYPE dendra_requests_running gauge
                dendra_requests_running{model="a \\"b\\""} 1.0
                dendra_requests_running{model="tiny"} 3.0
                # HELP dendra_requests_waiting Requests in the queue
                # TYPE dendra_requests_waiting gauge
                dendra_requests_waiting{model="a \\"b\\""} 0.0
                dendra_requests_waiting{model="tiny"} 2.0
                """, metrics.routerScrape().lines().limit(8).collect(Collectors.joining("\n", "", "\n")));
        Map<String, Double> page = samples(metrics.routerScrape());
        assertEquals(7, page.size());
        assertEquals(1, page.get("dendra_cache_config_info{block_size=\"32\",model=\"tiny\",num_gpu_blocks=\"100\"}"));
        Map<String, Double> full = samples();
        page.forEach((series, value) -> assertEquals(value, sample(full, series)));
    }

    @Test
    void vllmNamesAreThereForThoseWhoAskForThem() {
        assertFalse(metrics.scrape(ServerMetrics.PROMETHEUS_TEXT).contains("vllm:"));
        ServerMetrics aliased = ServerMetrics.withVllmNames();
        aliased.model("tiny").gauges(() -> 3, () -> 2, () -> 0.25);
        cacheSize(aliased);
        Map<String, Double> expected = Map.of(
                "vllm:num_requests_running{engine=\"0\",model_name=\"tiny\"}", 3.0,
                "vllm:num_requests_waiting{engine=\"0\",model_name=\"tiny\"}", 2.0,
                "vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"tiny\"}", 0.25,
                "vllm:cache_config_info{block_size=\"32\",engine=\"0\",model_name=\"tiny\",num_gpu_blocks=\"100\"}",
                        1.0);
        Map<String, Double> page = samples(aliased.routerScrape());
        Map<String, Double> full = samples(aliased.scrape(ServerMetrics.PROMETHEUS_TEXT));
        expected.forEach((series, value) -> {
            assertEquals(value, sample(page, series));
            assertEquals(value, sample(full, series));
        });
    }

    private static void cacheSize(ServerMetrics shown) {
        shown.info(
                MetricNames.CACHE_CONFIG_INFO,
                new TreeMap<>(Map.of(
                        MetricNames.MODEL, "tiny", MetricNames.BLOCK_SIZE, "32", MetricNames.CACHE_BLOCKS, "100")));
    }

    @Test
    void showsFactsAsLabels() {
        metrics.info(MetricNames.KERNEL_INFO, new TreeMap<>(Map.of("isa", "avx2", "provider", "vec\"tor")));
        assertEquals(1, sample(samples(), "dendra_kernel_info{isa=\"avx2\",provider=\"vec\\\"tor\"}"));
    }

    @Test
    void refusesReasonsAndNamesItDoesNotKnow() {
        assertThrows(IllegalArgumentException.class, () -> model.finished("boredom", 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> metrics.info("dendra_kernel", Map.of()));
    }

    private static double sample(Map<String, Double> samples, String series) {
        return requireNonNull(samples.get(series), series);
    }

    private static List<String> namesOfOurOwn() throws IllegalAccessException {
        List<String> names = new ArrayList<>();
        for (Field field : MetricNames.class.getFields()) {
            String value = (String) field.get(null);
            if (Modifier.isStatic(field.getModifiers()) && value.startsWith("dendra_")) {
                names.add(value);
            }
        }
        return names;
    }

    private Map<String, Double> samples() {
        return samples(metrics.scrape(ServerMetrics.PROMETHEUS_TEXT));
    }

    /** A scrape by series, with labels in their order; fails on a line that is no sample. */
    private static Map<String, Double> samples(String scrape) {
        Map<String, Double> samples = new HashMap<>();
        for (String line : scrape.lines().toList()) {
            if (!line.startsWith("#")) {
                Matcher sample = SAMPLE.matcher(line);
                assertTrue(sample.matches(), line);
                String labels = sample.group(2) == null ? "" : sample.group(2);
                samples.put(
                        sample.group(1) + labels,
                        Double.parseDouble(sample.group(3).replace("Inf", "Infinity")));
            }
        }
        return samples;
    }
}
