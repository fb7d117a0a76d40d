// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;
import java.util.Optional;

/**
 * All that a load test has to report.
 *
 * @param facts what was run, as names and values
 * @param levels in the order in which to show them
 * @param slo the objectives, where there are some
 * @param knee where it was looked for
 * @param kneeShare of requests that have to meet the objectives, 0 to 1
 */
record Findings(
        List<Fact> facts,
        List<LevelResult> levels,
        Optional<Slo> slo,
        Optional<KneeSearch.Result> knee,
        double kneeShare) {

    static final int FAILED = 1;
    static final int INVALID = 3;

    Findings {
        facts = List.copyOf(facts);
        levels = List.copyOf(levels);
    }

    /** One thing that the figures depend on. */
    record Fact(String name, String value) {}

    /** 0, or 3 where a result does not stand for the load it names, or 1 where requests failed or no knee was found. */
    int exitCode() {
        if (knee.isPresent() && knee.get().knee().isEmpty()) {
            return FAILED;
        }
        // Loads beyond the knee are meant to be too much.
        double most = knee.flatMap(KneeSearch.Result::knee).orElse(Double.POSITIVE_INFINITY);
        List<LevelResult> counted =
                levels.stream().filter(level -> !(level.shape().level() > most)).toList();
        if (counted.stream().anyMatch(level -> !level.isValid())) {
            return INVALID;
        }
        return counted.stream().anyMatch(level -> !level.errors().isEmpty()) ? FAILED : 0;
    }
}
