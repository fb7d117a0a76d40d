// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The dashboards that {@code deploy/grafana} ships, as far as they can be checked without a Grafana. */
class DashboardsTest {
    private static final Path SOURCE = Path.of("../deploy/grafana");
    private static final String DATASOURCE = "${datasource}";
    private static final int COLUMNS = 24;
    private static final Pattern RANGE = Pattern.compile("(rate|increase)\\([^\\[]*\\[(?!\\$__rate_interval])");

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /**
     * A dashboard.
     *
     * @param name of its file
     * @param json its contents
     */
    record Dashboard(String name, JsonNode json) {
        List<JsonNode> panels() {
            List<JsonNode> panels = new ArrayList<>();
            json.path("panels").forEach(panels::add);
            return panels;
        }

        /** Those that are no headings. */
        List<JsonNode> pictures() {
            return panels().stream()
                    .filter(panel -> !panel.path("type").textValue().equals("row"))
                    .toList();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Dashboard> dashboards() throws IOException {
        List<Dashboard> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(SOURCE.resolve("dashboards"))) {
            for (Path file : files.sorted().toList()) {
                found.add(new Dashboard(file.getFileName().toString(), MAPPER.readTree(file.toFile())));
            }
        }
        return found.stream();
    }

    @Test
    void areThoseThatTheirSourceWrites() throws Exception {
        assertEquals(
                List.of("cpu-generations.json", "efficiency.json", "service.json"),
                dashboards().map(Dashboard::name).toList());
        Promtool.Result check = Promtool.python("-B", SOURCE.resolve("build.py").toString(), "--check");
        assertEquals(0, check.status(), check.output());
    }

    @Test
    void haveIdentitiesOfTheirOwn() throws Exception {
        List<String> all = dashboards()
                .flatMap(each -> Stream.of(
                        each.json().path("uid").textValue(),
                        each.json().path("title").textValue()))
                .toList();
        assertEquals(all.size(), new HashSet<>(all).size(), all.toString());
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void everyPanelSaysWhatItShowsAndInWhichUnit(Dashboard dashboard) {
        Set<Integer> ids = new HashSet<>();
        Set<String> titles = new HashSet<>();
        for (JsonNode panel : dashboard.panels()) {
            assertTrue(ids.add(panel.path("id").intValue()), "twice: " + panel.path("id"));
            assertFalse(panel.path("title").asText().isBlank(), panel.path("id").toString());
        }
        for (JsonNode panel : dashboard.pictures()) {
            String title = panel.path("title").textValue();
            assertTrue(titles.add(title), "twice: " + title);
            assertTrue(panel.path("description").asText().endsWith("."), title);
            assertFalse(panel.at("/fieldConfig/defaults/unit").asText().isBlank(), title);
            assertFalse(panel.path("targets").isEmpty(), title);
        }
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void panelsDoNotOverlap(Dashboard dashboard) {
        TreeMap<Integer, String> cells = new TreeMap<>();
        for (JsonNode panel : dashboard.panels()) {
            JsonNode place = panel.path("gridPos");
            int right = place.path("x").intValue() + place.path("w").intValue();
            assertTrue(right <= COLUMNS, panel.path("title").textValue());
            for (int x = place.path("x").intValue(); x < right; x++) {
                for (int y = 0; y < place.path("h").intValue(); y++) {
                    String other = cells.put(
                            (place.path("y").intValue() + y) * COLUMNS + x,
                            panel.path("title").textValue());
                    assertEquals(null, other, panel.path("title").textValue());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void variablesChooseServersModelsAndProcessors(Dashboard dashboard) {
        List<String> names = new ArrayList<>();
        dashboard
                .json()
                .at("/templating/list")
                .forEach(variable -> names.add(variable.path("name").textValue()));
        List<String> common =
                List.of("datasource", "job", "instance", "model", "quant", "microarchitecture", "isa_path");
        assertEquals(common, names.subList(0, common.size()));
        for (JsonNode variable : dashboard.json().at("/templating/list")) {
            if (variable.path("type").textValue().equals("query")) {
                assertEquals(DATASOURCE, variable.at("/datasource/uid").textValue());
                assertEquals(2, variable.path("refresh").intValue(), "on every change of the time shown");
                assertEquals(".+", variable.path("allValue").textValue());
                assertTrue(variable.path("multi").booleanValue());
                assertKnown(variable.at("/query/query").textValue());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void queriesAskTheChosenSourceAboutTheChosenServers(Dashboard dashboard) {
        for (JsonNode panel : dashboard.pictures()) {
            assertEquals(DATASOURCE, panel.at("/datasource/uid").textValue());
            Set<String> letters = new HashSet<>();
            for (JsonNode target : panel.path("targets")) {
                String query = target.path("expr").textValue();
                assertTrue(letters.add(target.path("refId").textValue()), query);
                assertEquals(DATASOURCE, target.at("/datasource/uid").textValue());
                assertFalse(RANGE.matcher(query).find(), "a rate over a fixed time: " + query);
                for (String variable : List.of("job", "instance", "microarchitecture", "isa_path")) {
                    assertTrue(query.contains(variable + "=~\"$" + variable + "\""), query);
                }
                assertKnown(query);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void panelsAboutEnergySayWhyTheyAreEmpty(Dashboard dashboard) {
        boolean meters = false;
        boolean energy = false;
        for (JsonNode panel : dashboard.pictures()) {
            String queries = panel.path("targets").toString();
            if (queries.contains("dendra_energy_")) {
                energy = true;
                meters |= queries.contains("dendra_energy_meter_info");
                assertFalse(
                        panel.at("/fieldConfig/defaults/noValue").asText().isBlank(),
                        panel.path("title").asText());
            }
        }
        assertEquals(energy, meters, "the reason is in dendra_energy_meter_info");
    }

    @Test
    void queriesAreSound(@TempDir Path folder) throws Exception {
        ObjectNode rules = MAPPER.createObjectNode();
        ArrayNode list =
                rules.putArray("groups").addObject().put("name", "dashboards").putArray("rules");
        dashboards()
                .flatMap(each -> each.pictures().stream())
                .forEach(panel -> panel.path("targets")
                        .forEach(target -> list.addObject()
                                .put("record", "query:" + list.size())
                                .put("expr", interpolated(target.path("expr").textValue()))));
        assertTrue(list.size() > 50, "queries: " + list.size());
        Path file = folder.resolve("queries.yml");
        MAPPER.writeValue(file.toFile(), rules);
        Promtool.Result check = Promtool.run("", "check", "rules", file.toString());
        assertEquals(0, check.status(), check.output());
    }

    private static String interpolated(String query) {
        return query.replace("$__rate_interval", "1m")
                .replace("$__range", "1h")
                .replace("$__interval", "15s")
                .replace("${batch:raw}", ">= 0");
    }

    private static void assertKnown(String query) {
        assertEquals(List.of(), Queries.unknown(Queries.exported(query)), query);
        assertEquals(Set.of(), Queries.recorded(query), "dashboards work without the rules");
    }
}
