// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The recording rules and alerts that {@code deploy/prometheus} ships. */
class PrometheusRulesTest {
    private static final Path RULES = Path.of("../deploy/prometheus/rules/dendra.rules.yml");
    private static final Path CASES = Path.of("../deploy/prometheus/rules/tests/dendra.rules.test.yml");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    @Test
    void nameMetricsThatThereAre() throws IOException {
        TreeSet<String> recorded = new TreeSet<>();
        for (JsonNode rule : rules()) {
            if (rule.has("record")) {
                recorded.add(rule.path("record").textValue());
            }
        }
        for (JsonNode rule : rules()) {
            String query = rule.path("expr").textValue();
            assertEquals(List.of(), Queries.unknown(Queries.exported(query)), query);
            assertTrue(recorded.containsAll(Queries.recorded(query)), query);
        }
    }

    @Test
    void everyAlertSaysWhatIsWrongAndHasACase() throws IOException {
        String cases = Files.readString(CASES);
        List<String> alerts = new ArrayList<>();
        for (JsonNode rule : rules()) {
            if (rule.has("alert")) {
                String name = rule.path("alert").textValue();
                alerts.add(name);
                assertFalse(rule.at("/annotations/summary").asText().isBlank(), name);
                assertFalse(rule.at("/annotations/description").asText().isBlank(), name);
                assertFalse(rule.at("/labels/severity").asText().isBlank(), name);
                assertTrue(cases.contains("alertname: " + name), name + " is not in " + CASES);
            }
        }
        assertFalse(alerts.isEmpty());
    }

    @Test
    void areSound() throws Exception {
        Promtool.Result check = Promtool.run("", "check", "rules", RULES.toString());
        assertEquals(0, check.status(), check.output());
    }

    @Test
    void recordAndFireAsTheirCasesSay() throws Exception {
        Promtool.Result test = Promtool.run("", "test", "rules", CASES.toString());
        assertEquals(0, test.status(), test.output());
    }

    private static List<JsonNode> rules() throws IOException {
        List<JsonNode> rules = new ArrayList<>();
        for (JsonNode group : YAML.readTree(RULES.toFile()).path("groups")) {
            group.path("rules").forEach(rules::add);
        }
        return rules;
    }
}
