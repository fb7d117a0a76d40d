// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All rounds of one load.
 *
 * @param rounds at least one
 */
record LevelResult(LoadShape shape, List<Round> rounds) {

    LevelResult {
        rounds = List.copyOf(rounds);
    }

    List<RunFigures> figures() {
        return rounds.stream().map(Round::figures).toList();
    }

    /** Each figure the median over the rounds. */
    Throughput throughput() {
        return Throughput.medianOf(
                figures().stream().map(RunFigures::throughput).toList());
    }

    /** Each figure the median over the rounds. */
    Map<LatencyKind, LatencySummary> latencies() {
        Map<LatencyKind, LatencySummary> medians = new EnumMap<>(LatencyKind.class);
        for (LatencyKind kind : LatencyKind.values()) {
            medians.put(
                    kind,
                    LatencySummary.medianOf(figures().stream()
                            .map(round -> round.latencies().get(kind))
                            .toList()));
        }
        return medians;
    }

    /** The median over the rounds, where objectives were given. */
    Optional<Goodput> goodput() {
        List<Goodput> goodputs =
                figures().stream().flatMap(round -> round.goodput().stream()).toList();
        return goodputs.isEmpty() ? Optional.empty() : Optional.of(Goodput.medianOf(goodputs));
    }

    /** Of all rounds, by kind. */
    Map<String, Integer> errors() {
        Map<String, Integer> errors = new TreeMap<>();
        figures().forEach(round -> round.errors().forEach((kind, count) -> errors.merge(kind, count, Integer::sum)));
        return errors;
    }

    /** Whether every round offered the load that was asked for. */
    boolean isValid() {
        return figures().stream().allMatch(RunFigures::isValid);
    }
}
