// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The samples of a page in Prometheus' text format, each name's summed over its labels.
 *
 * @param values by name
 */
record ServerMetrics(Map<String, Double> values) {

    ServerMetrics {
        values = Map.copyOf(values);
    }

    /** Reads a page and passes over what it does not understand. */
    static ServerMetrics parse(String page) {
        Map<String, Double> values = new HashMap<>();
        page.lines().filter(line -> !line.startsWith("#")).forEach(line -> add(line, values));
        return new ServerMetrics(values);
    }

    /** The value of the first of these names that the page has. */
    OptionalDouble first(Iterable<String> names) {
        for (String name : names) {
            Double value = values.get(name);
            if (value != null) {
                return OptionalDouble.of(value);
            }
        }
        return OptionalDouble.empty();
    }

    private static void add(String line, Map<String, Double> values) {
        int brace = line.indexOf('{');
        // Label values may hold anything but an unescaped quote, so the end of the labels is looked for from behind.
        int close = line.lastIndexOf('}');
        int nameEnd = brace >= 0 ? brace : line.indexOf(' ');
        if (nameEnd <= 0 || (brace >= 0 && close < brace)) {
            return;
        }
        String rest = line.substring(brace >= 0 ? close + 1 : nameEnd).strip();
        try {
            values.merge(line.substring(0, nameEnd), Double.parseDouble(rest.split("\\s+", 2)[0]), Double::sum);
        } catch (NumberFormatException e) {
            // Not a sample; +Inf and NaN, which Java spells otherwise, are of no use here either.
        }
    }
}
