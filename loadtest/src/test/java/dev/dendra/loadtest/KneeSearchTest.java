// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KneeSearchTest {

    private static final KneeSearch SEARCH = new KneeSearch(0.9);

    @Test
    void theKneeIsFoundFromBelowAndFromAbove() throws InterruptedException {
        for (double capacity : List.of(0.3, 1.0, 7.3, 60.0)) {
            for (double start : List.of(0.5, 1.0, 16.0)) {
                List<Double> tried = new ArrayList<>();

                KneeSearch.Result result = SEARCH.search(start, rate -> {
                    tried.add(rate);
                    return level(rate, rate <= capacity ? 10 : 8);
                });

                double knee = result.knee().orElseThrow();
                assertTrue(knee <= capacity && knee * KneeSearch.RESOLUTION >= capacity, knee + " for " + capacity);
                assertTrue(result.isBounded());
                assertTrue(tried.size() < 16, tried.toString());
                assertEquals(tried.stream().sorted().toList(), rates(result));
            }
        }
    }

    @Test
    void aServerThatNeverPassesHasNoKnee() throws InterruptedException {
        assertEquals(Optional.empty(), SEARCH.search(1, rate -> level(rate, 0)).knee());
    }

    @Test
    void aServerThatNeverFailsHasAKneeWithoutBound() throws InterruptedException {
        assertFalse(SEARCH.search(1, rate -> level(rate, 10)).isBounded());
    }

    @Test
    void amongGivenRatesItIsTheLastBeforeTheFirstThatFails() {
        KneeSearch.Result result =
                SEARCH.among(List.of(level(4, 9), level(1, 10), level(2, 9), level(8, 5), level(16, 10)));

        assertEquals(Optional.of(4.0), result.knee());
        assertTrue(result.isBounded());
    }

    /** A level at which {@code good} of ten requests are answered. */
    private static LevelResult level(double rate, int good) {
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            attempts.add(
                    i < good
                            ? new Attempt.Completed(0, 0, List.of(1L), 1, new Usage(1, 0, 1, true))
                            : new Attempt.Failed(0, 0, 1, "HTTP 429"));
        }
        RunFigures figures = RunFigures.of(new LoadRun(attempts, 1), Optional.of(Slo.INTERACTIVE));
        LoadShape shape = new LoadShape.Open(List.of(RateStage.constant(1, rate)), ArrivalProcess.CONSTANT, 10);
        return new LevelResult(shape, List.of(new Round(1, figures, Optional.empty())));
    }

    private static List<Double> rates(KneeSearch.Result result) {
        return result.levels().stream().map(level -> level.shape().level()).toList();
    }
}
