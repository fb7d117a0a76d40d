// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The table of {@code docs/metrics.md} is what the catalogue says. To write it anew: {@code mvn test -pl server -am
 * -Dtest=MetricsDocumentTest -Dsurefire.failIfNoSpecifiedTests=false -Ddendra.write=true}.
 */
class MetricsDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/metrics.md");
    private static final String BEGIN = "<!-- This table is written by MetricsDocumentTest. -->\n";
    private static final String END = "<!-- End of the table. -->\n";

    @Test
    void listsEveryMetric() throws IOException {
        String document = Files.readString(DOCUMENT);
        int from = document.indexOf(BEGIN) + BEGIN.length();
        int to = document.indexOf(END);
        if (Boolean.getBoolean("dendra.write")) {
            Files.writeString(DOCUMENT, document.substring(0, from) + table() + document.substring(to));
            return;
        }
        assertEquals(table(), document.substring(from, to));
    }

    private static String table() {
        return MetricCatalogue.ALL.stream()
                .map(MetricsDocumentTest::row)
                .collect(Collectors.joining("", "| name | type | labels | meaning |\n|---|---|---|---|\n", ""));
    }

    private static String row(MetricDescription metric) {
        return "| " + code(List.of(metric.name())) + " | "
                + metric.type().name().toLowerCase(Locale.ROOT) + " | " + code(metric.labels()) + " | "
                + metric.help().replace("|", "\\|") + " |\n";
    }

    private static String code(List<String> names) {
        return names.stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
    }
}
