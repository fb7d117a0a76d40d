// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.model.WordModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a server says of energy, with a meter of the test's and without. */
@Timeout(300)
class EnergyProcessTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern SAMPLE = Pattern.compile("(dendra_energy_[a-z_]+(?:\\{.*})?) (\\S+)");
    private static final String IDLE_WATTS = "dendra_energy_idle_watts";
    private static final String GROSS = "dendra_energy_request_joules_total{basis=\"gross\"}";
    private static final String ESTIMATED =
            "dendra_energy_estimated_joules_total{model=\"constant_watts_while_computing\"}";
    private static final double PACKAGE_WATTS = 200;
    private static final double DRAM_WATTS = 20;
    private static final long LEAP_NANOS = 50_000_000;
    private static final int REQUESTS = 20;
    private static final String BODY =
            "{\"prompt\":\"a\",\"temperature\":0,\"ignore_eos\":true,\"max_tokens\":60,\"stream\":STREAMS,"
                    + "\"stream_options\":{\"include_usage\":true}}";

    @TempDir
    private Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private Path model;
    private Path tree;
    private long spentAtNanos;
    private long spentNanos;

    @BeforeEach
    void makeModelAndMeter() throws IOException {
        model = folder.resolve("words.dendra");
        WordModel.write(model);
        tree = Files.createDirectories(folder.resolve("host/class/powercap"));
        zone("intel-rapl:0", "package-0");
        zone("intel-rapl:0:0", "dram");
        spentAtNanos = System.nanoTime();
    }

    @Test
    void metricsAndAnswersTellOfTheSameJoules() throws Exception {
        try (ServerProcess server = ServerProcess.startAnywhere(
                folder, model, "--energy-sysfs-root", folder.resolve("host").toString())) {
            spendUntil(server, samples -> !Double.isNaN(value(samples, IDLE_WATTS)));
            double idleWatts = value(samples(server), IDLE_WATTS);
            assertTrue(idleWatts > 0, "idle " + idleWatts);
            assertFalse(usage(answer(server, false, "0"), false).has("energy"), "nobody asked");
            // An answer that tells of its energy waits until all work up to it is accounted for, nobody's as well.
            assertTrue(usage(answer(server, false, "1"), false).has("energy"));
            double before = value(samples(server), GROSS);
            double prefill = 0;
            double decode = 0;
            for (int i = 0; i < REQUESTS; i++) {
                boolean stream = i % 2 == 0;
                JsonNode energy = usage(answer(server, stream, "1"), stream).get("energy");
                prefill += energy.get("prefill_joules").doubleValue();
                decode += energy.get("decode_joules").doubleValue();
                double gross = energy.get("gross_joules").doubleValue();
                double marginal = energy.get("marginal_joules").doubleValue();
                // The counter lags where this thread has to wait for a processor: a short request may look free.
                assertTrue(gross >= 0 && marginal >= 0 && marginal <= gross, energy.toString());
                assertEquals("powercap", energy.get("source").textValue());
                assertEquals("package+dram", energy.get("domains").textValue());
                assertTrue(energy.has("scope") && energy.has("shared"), energy.toString());
            }
            double spent = value(samples(server), GROSS) - before;
            assertTrue(spent > 0, "nothing spent");
            assertEquals(spent, prefill + decode, 0.01 * spent);
            Map<String, Double> after = settled(server);
            assertEquals(
                    1,
                    after.keySet().stream()
                            .filter(name -> name.startsWith("dendra_energy_meter_info{")
                                    && name.contains("source=\"powercap\"")
                                    && name.contains("domains=\"package+dram\""))
                            .count(),
                    after.toString());
            assertEquals(0, value(after, "dendra_energy_read_errors_total{reason=\"enoent\"}"));
            assertFalse(after.keySet().stream().anyMatch(name -> name.contains("estimated")));
        }
    }

    @Test
    void withoutAMeterThereAreNoJoulesButAReason() throws Exception {
        Path nothing = Files.createDirectories(folder.resolve("nothing"));
        Files.writeString(tree.resolve("intel-rapl:0/energy_uj"), "broken");
        Files.writeString(tree.resolve("intel-rapl:0:0/energy_uj"), "broken");
        try (ServerProcess server = ServerProcess.startAnywhere(
                folder,
                model,
                "--energy-sysfs-root",
                nothing.toString(),
                "--energy-sysfs-root",
                folder.resolve("host").toString(),
                "--energy-estimate-watts",
                "50")) {
            assumeFalse(
                    samples(server).keySet().stream().anyMatch(name -> name.contains("package_joules")),
                    "this machine has a meter of its own");
            assertFalse(usage(answer(server, false, "1"), false).has("energy"));
            spendUntil(server, samples -> value(samples, ESTIMATED) > 0);
            Map<String, Double> samples = samples(server);
            assertEquals(2, samples.size(), samples.toString());
            String info = samples.keySet().stream()
                    .filter(name -> name.startsWith("dendra_energy_meter_info"))
                    .collect(Collectors.joining());
            assertTrue(info.contains("source=\"none\"") && info.contains("is not a number"), info);
        }
    }

    @Test
    void aWishThatIsNoWishIsRefused() throws Exception {
        try (ServerProcess server = ServerProcess.startAnywhere(folder, model)) {
            HttpResponse<String> response = answer(server, false, "please");
            assertEquals(400, response.statusCode());
            assertTrue(response.body().contains("x-dendra-energy"), response.body());
        }
    }

    /**
     * Scrapes while no energy is spent, until all that the meter has read is accounted for. That says nothing of work that
     * ended after it was last read.
     */
    private static Map<String, Double> settled(ServerProcess server) throws Exception {
        Map<String, Double> samples = samples(server);
        while (measured(samples) - attributed(samples) > 1e-6) {
            samples = samples(server);
        }
        return samples;
    }

    private void spendUntil(ServerProcess server, Predicate<Map<String, Double>> condition) throws Exception {
        while (!condition.test(samples(server))) {
            spend();
        }
    }

    private static Map<String, Double> samples(ServerProcess server) throws Exception {
        Map<String, Double> samples = new HashMap<>();
        for (String line : server.scrape().lines().toList()) {
            Matcher sample = SAMPLE.matcher(line);
            if (sample.matches()) {
                samples.put(sample.group(1), Double.parseDouble(sample.group(2)));
            }
        }
        return samples;
    }

    private static double value(Map<String, Double> samples, String series) {
        return Objects.requireNonNull(samples.get(series), () -> series + " is not in " + samples);
    }

    /** Asks for an answer; energy is spent meanwhile. */
    private HttpResponse<String> answer(ServerProcess server, boolean stream, String wish) throws Exception {
        CompletableFuture<HttpResponse<String>> answer = client.sendAsync(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/completions"))
                        .header("X-Dendra-Energy", wish)
                        .POST(HttpRequest.BodyPublishers.ofString(BODY.replace("STREAMS", Boolean.toString(stream))))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        while (!answer.isDone()) {
            spend();
        }
        return answer.get();
    }

    private static JsonNode usage(HttpResponse<String> response, boolean stream) throws IOException {
        assertEquals(200, response.statusCode(), response.body());
        String json = response.body();
        if (stream) {
            json = json.lines()
                    .filter(line -> line.contains("\"prompt_tokens\""))
                    .findFirst()
                    .orElseThrow();
            json = json.substring("data: ".length());
        }
        return MAPPER.readTree(json).get("usage");
    }

    private static double measured(Map<String, Double> samples) {
        return value(samples, "dendra_energy_package_joules_total{package=\"0\"}")
                + value(samples, "dendra_energy_dram_joules_total{package=\"0\"}");
    }

    private static double attributed(Map<String, Double> samples) {
        return value(samples, "dendra_energy_attributed_joules_total{phase=\"prefill\"}")
                + value(samples, "dendra_energy_attributed_joules_total{phase=\"decode\"}")
                + value(samples, "dendra_energy_attributed_joules_total{phase=\"idle\"}");
    }

    private void zone(String zone, String name) throws IOException {
        Path path = Files.createDirectories(tree.resolve(zone));
        Files.writeString(path.resolve("name"), name);
        Files.writeString(path.resolve("max_energy_range_uj"), "262143328850");
        Files.writeString(path.resolve("energy_uj"), "1000000");
    }

    /** Brings the counters up to the time, of which what this thread waited for a processor may be left out. */
    private void spend() throws IOException {
        long now = System.nanoTime();
        // The server takes a counter that leaps for broken.
        spentNanos += Math.min(now - spentAtNanos, LEAP_NANOS);
        spentAtNanos = now;
        double seconds = spentNanos * 1e-9;
        set("intel-rapl:0", seconds * PACKAGE_WATTS);
        set("intel-rapl:0:0", seconds * DRAM_WATTS);
    }

    private void set(String zone, double joules) throws IOException {
        // A reader must never see half a number.
        Path next =
                Files.writeString(tree.resolve(zone).resolve("next"), Long.toString(1_000_000 + (long) (joules * 1e6)));
        Files.move(next, tree.resolve(zone).resolve("energy_uj"), StandardCopyOption.ATOMIC_MOVE);
    }
}
