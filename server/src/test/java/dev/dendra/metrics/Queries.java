// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Metrics that expressions name. */
final class Queries {
    private static final Pattern NAME = Pattern.compile("\\bdendra_[a-z0-9_]+(?![a-z0-9_:])");
    private static final Pattern RECORDED = Pattern.compile("\\b[a-z]+:dendra_[a-z0-9_]+:[a-z0-9_]+");

    private Queries() {}

    /** Names of series that servers export. */
    static Set<String> exported(String expression) {
        return NAME.matcher(RECORDED.matcher(expression).replaceAll(""))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Names of series that rules record. */
    static Set<String> recorded(String expression) {
        return RECORDED.matcher(expression)
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Those of {@code names} that no server exports; energy is exported where there is a meter. */
    static List<String> unknown(Set<String> names) {
        return names.stream()
                .filter(name -> !name.startsWith("dendra_energy_"))
                .filter(name -> MetricCatalogue.ALL.stream().noneMatch(metric -> exports(metric, name)))
                .toList();
    }

    private static boolean exports(MetricDescription metric, String name) {
        if (metric.type() != MetricType.HISTOGRAM) {
            return metric.name().equals(name);
        }
        Matcher series = Pattern.compile("(.*)_(bucket|sum|count|max)").matcher(name);
        return series.matches() && series.group(1).equals(metric.name());
    }
}
