// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dendra.metrics.MetricCatalogue;
import dev.dendra.metrics.MetricDescription;
import dev.dendra.metrics.MetricType;
import dev.dendra.metrics.Promtool;
import dev.dendra.model.WordModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real server says on {@code /metrics} is what the catalogue, and so the documentation, says. */
@Timeout(300)
class LiveMetricsTest {
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? .*");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"(?:[^\"\\\\]|\\\\.)*\"");

    /** Series that only a machine with a meter has, and those that only one with a limit has. */
    private static final Pattern OF_SOME_MACHINES =
            Pattern.compile("dendra_energy_(?!meter_info).*|dendra_memory_limit_bytes");

    /** Micrometer keeps the largest value of a histogram lately as a gauge of its own. */
    private static final Pattern LARGEST = Pattern.compile("(.*)_max");

    @TempDir
    private Path folder;

    @BeforeEach
    void requireSignals() {
        assumeTrue(System.getProperty("os.name").startsWith("Linux"), "Process.destroyForcibly() is SIGKILL on Linux");
    }

    @Test
    void scrapesAreWhatTheCatalogueSays() throws Exception {
        String full;
        String router;
        try (ServerProcess server = start("--read-bandwidth", "35GB")) {
            assertEquals(
                    200,
                    server.complete("one", "{\"prompt\":\"a\",\"max_tokens\":2}")
                            .get()
                            .statusCode());
            full = server.admin("/metrics");
            router = server.admin("/metrics/router");
        }
        Map<String, MetricDescription> expected = MetricCatalogue.ALL.stream()
                .filter(metric -> !OF_SOME_MACHINES.matcher(metric.name()).matches())
                .collect(Collectors.toMap(MetricDescription::name, metric -> metric, (a, b) -> a, TreeMap::new));
        Map<String, MetricDescription> scraped = describe(full);
        scraped.keySet().removeIf(name -> {
            Matcher largest = LARGEST.matcher(name);
            return largest.matches() && expected.containsKey(largest.group(1));
        });
        scraped.keySet().removeIf(name -> OF_SOME_MACHINES.matcher(name).matches());
        assertEquals(
                expected.keySet().stream().collect(Collectors.joining("\n")),
                scraped.keySet().stream().collect(Collectors.joining("\n")));
        expected.forEach((name, metric) -> assertEquals(sorted(metric), scraped.get(name)));
        describe(router).forEach((name, metric) -> assertEquals(scraped.get(name), metric));
        assertTrue(full.contains("dendra_read_bandwidth_bytes_per_second 3.5E10\n"), full);
        Promtool.Result lint = Promtool.run(full, "check", "metrics");
        assertEquals(new Promtool.Result(0, ""), lint);
        assertEquals(new Promtool.Result(0, ""), Promtool.run(router, "check", "metrics"));
    }

    @Test
    void whatWasReadIsWhatTheModelHas() throws Exception {
        try (ServerProcess server = start("--vllm-metrics")) {
            server.complete("one", "{\"prompt\":\"a\",\"max_tokens\":4,\"ignore_eos\":true}")
                    .get();
            String full = server.admin("/metrics");
            double steps = value(full, "dendra_step_seconds_count");
            double weights = value(full, "dendra_weight_read_bytes_total");
            assertTrue(steps >= 4 && weights > 0, full);
            // Every step of so short a request needs the head.
            assertEquals(0, weights % steps, 1e-6, "bytes of each step: " + weights / steps);
            assertTrue(value(full, "dendra_kv_read_bytes_total") > 0, full);
            assertTrue(full.contains("vllm:num_requests_running{"), full);
            assertTrue(server.admin("/metrics/router").contains("vllm:cache_config_info{"), full);
        }
    }

    private ServerProcess start(String... options) throws Exception {
        Path model = folder.resolve("words.dendra");
        WordModel.write(model);
        return ServerProcess.startAnywhere(folder, model, options);
    }

    private static double value(String scrape, String name) {
        return scrape.lines()
                .filter(line -> line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static MetricDescription sorted(MetricDescription metric) {
        return new MetricDescription(
                metric.name(), metric.type(), metric.labels().stream().sorted().toList(), metric.help());
    }

    /** The metrics of a scrape with their labels in alphabetical order. */
    private static Map<String, MetricDescription> describe(String scrape) {
        Map<String, String> helps = new TreeMap<>();
        Map<String, String> types = new TreeMap<>();
        Map<String, Set<String>> labels = new TreeMap<>();
        for (String line : scrape.lines().toList()) {
            String[] words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                helps.put(words[2], words[3]);
            } else if (line.startsWith("# TYPE ")) {
                types.put(words[2], words[3]);
            } else {
                Matcher sample = SAMPLE.matcher(line);
                assertTrue(sample.matches(), line);
                String series = sample.group(1);
                String name = types.containsKey(series) ? series : series.replaceAll("_(bucket|sum|count)$", "");
                labels.computeIfAbsent(name, _ -> new TreeSet<>()).addAll(labelsOf(sample.group(2)));
            }
        }
        Map<String, MetricDescription> metrics = new TreeMap<>();
        labels.forEach((name, found) -> {
            found.remove("le");
            MetricType type = name.endsWith("_info")
                    ? MetricType.INFO
                    : MetricType.valueOf(types.getOrDefault(name, "none").toUpperCase(Locale.ROOT));
            metrics.put(name, new MetricDescription(name, type, List.copyOf(found), helps.getOrDefault(name, "")));
        });
        return metrics;
    }

    private static List<String> labelsOf(String text) {
        return text == null
                ? List.of()
                : LABEL.matcher(text).results().map(found -> found.group(1)).toList();
    }
}
