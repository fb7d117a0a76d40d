// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;

/**
 * A scrape of little more than the {@link RouterFigure}s. Everything but the numbers is text made beforehand, since a
 * router may ask every 50 ms, beside requests that want the processor. Safe for use by several threads.
 */
final class RouterPage {
    private final List<RouterNames> names;
    private volatile List<Line> lines = List.of();

    /** Of no model. */
    RouterPage(List<RouterNames> names) {
        this.names = List.copyOf(names);
    }

    /** Makes the text anew, for these models and these sizes of their KV caches. */
    void show(Map<String, ModelMetrics> models, List<Map<String, String>> cacheSizes) {
        List<Line> made = new ArrayList<>();
        for (RouterNames each : names) {
            for (RouterFigure figure : RouterFigure.values()) {
                String head = head(each.of(figure), each.help(figure));
                for (Map.Entry<String, ModelMetrics> model : models.entrySet()) {
                    made.add(new Line(
                            head + each.of(figure) + labels(each.labels(model.getKey())),
                            () -> figure.of(model.getValue())));
                    head = "";
                }
            }
            String head = head(each.cacheInfo(), each.cacheHelp());
            for (Map<String, String> size : cacheSizes) {
                made.add(new Line(head + each.cacheInfo() + labels(each.cacheLabels(size)), () -> 1));
                head = "";
            }
        }
        lines = List.copyOf(made);
    }

    /** The page now, in the Prometheus text format. */
    String render() {
        StringBuilder page = new StringBuilder();
        for (Line line : lines) {
            page.append(line.text())
                    .append(' ')
                    .append(line.value().getAsDouble())
                    .append('\n');
        }
        return page.toString();
    }

    private static String head(String name, String help) {
        return "# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n";
    }

    private static String labels(Map<String, String> labels) {
        StringJoiner joined = new StringJoiner(",", "{", "}");
        new TreeMap<>(labels).forEach((name, value) -> joined.add(name + "=\"" + escape(value) + "\""));
        return joined.toString();
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    /**
     * A sample.
     *
     * @param text up to the value; comments about the metric before its first sample
     */
    private record Line(String text, DoubleSupplier value) {}
}
