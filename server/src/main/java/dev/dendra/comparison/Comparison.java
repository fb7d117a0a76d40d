// SPDX-License-Identifier: Apache-2.0
package dev.dendra.comparison;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedSet;
import java.util.stream.Stream;

/** Results of some hosts side by side: a series for each host and instruction set, a row for each test of each kind of weights. */
public final class Comparison {
    private final SequencedSet<Series> series = new LinkedHashSet<>();
    private final Map<Row, Map<Series, MatrixCell>> cells = new LinkedHashMap<>();
    private final List<String> hosts;

    /**
     * A host and the kernels that ran on it.
     *
     * @param host as {@link HostDescription#label} has it, numbered where two results have the same
     * @param path kernels and instruction set
     */
    public record Series(String host, String path) {
        @Override
        public String toString() {
            return host + ": " + path;
        }
    }

    /**
     * What was computed of which weights.
     *
     * @param work prefill or decode
     * @param weights their encoding and pattern
     */
    public record Row(String work, String weights) {}

    /**
     * Lays results side by side.
     *
     * @throws IllegalArgumentException if there are none
     */
    public Comparison(List<MatrixResult> results) {
        if (results.isEmpty()) {
            throw new IllegalArgumentException("no results to compare");
        }
        hosts = labels(results);
        for (int i = 0; i < results.size(); i++) {
            for (MatrixCell cell : results.get(i).cells()) {
                Series each = new Series(hosts.get(i), cell.path());
                series.add(each);
                cells.computeIfAbsent(new Row(cell.work(), cell.weights()), row -> new LinkedHashMap<>())
                        .put(each, cell);
            }
        }
    }

    private static List<String> labels(List<MatrixResult> results) {
        List<String> plain =
                results.stream().map(result -> result.host().label()).toList();
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < plain.size(); i++) {
            boolean alone = plain.indexOf(plain.get(i)) == plain.lastIndexOf(plain.get(i));
            labels.add(alone ? plain.get(i) : plain.get(i) + " (" + (i + 1) + ")");
        }
        return labels;
    }

    /** Names of the hosts, one for each result. */
    public List<String> hosts() {
        return hosts;
    }

    /** Hosts and instruction sets, in the order of the results. */
    public Collection<Series> series() {
        return series;
    }

    /** Kinds of work, in the order in which they were measured first. */
    public List<String> works() {
        return cells.keySet().stream().map(Row::work).distinct().toList();
    }

    /** Kinds of weights of which {@code work} was measured. */
    public List<String> weights(String work) {
        return cells.keySet().stream()
                .filter(row -> row.work().equals(work))
                .map(Row::weights)
                .toList();
    }

    /** Tokens a second, the median; empty where this was not measured. */
    public OptionalDouble tokensPerSecond(Row row, Series of) {
        return cells(row, of).mapToDouble(MatrixCell::tokensPerSecond).findFirst();
    }

    /** Joules a token; empty where nothing measured them. */
    public OptionalDouble joulesPerToken(Row row, Series of) {
        return cells(row, of)
                .flatMapToDouble(cell -> cell.joulesPerToken().stream())
                .findFirst();
    }

    /** Whether any host had a meter. */
    public boolean hasJoules() {
        return cells.values().stream()
                .flatMap(row -> row.values().stream())
                .anyMatch(cell -> cell.joulesPerToken().isPresent());
    }

    private Stream<MatrixCell> cells(Row row, Series of) {
        return Stream.ofNullable(cells.getOrDefault(row, Map.of()).get(of));
    }
}
