// SPDX-License-Identifier: Apache-2.0
package dev.dendra.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final OptionalDouble NONE = OptionalDouble.empty();

    @Test
    void hostsAndInstructionSetsAreSeriesAndTestsOfWeightsAreRows() {
        Comparison comparison = new Comparison(List.of(
                Results.of(
                        Results.host("Zen 5", "none"),
                        Results.cell("avx512", "dense", "pp512", 1, 100, NONE),
                        Results.cell("avx2", "dense", "pp512", 1, 50, NONE)),
                Results.of(
                        Results.host("Sapphire Rapids", "powercap"),
                        Results.cell("amx", "dense", "pp512", 1, 300, OptionalDouble.of(0.25)),
                        Results.cell("amx", "1x4", "tg64", 16, 70, NONE))));
        assertEquals(
                List.of("Zen 5, 2 threads: avx512", "Zen 5, 2 threads: avx2", "Sapphire Rapids, 2 threads: amx"),
                comparison.series().stream().map(Object::toString).toList());
        assertEquals(List.of("prefill", "decode, 16 sequences"), comparison.works());
        assertEquals(List.of("i8"), comparison.weights("prefill"));
        assertEquals(List.of("i8 1x4 0.5"), comparison.weights("decode, 16 sequences"));
        Comparison.Row prefill = new Comparison.Row("prefill", "i8");
        List<Comparison.Series> series = List.copyOf(comparison.series());
        assertEquals(50, comparison.tokensPerSecond(prefill, series.get(1)).getAsDouble());
        assertEquals(300, comparison.tokensPerSecond(prefill, series.get(2)).getAsDouble());
        assertEquals(NONE, comparison.tokensPerSecond(new Comparison.Row("prefill", "i8 1x4 0.5"), series.get(2)));
        assertEquals(0.25, comparison.joulesPerToken(prefill, series.get(2)).getAsDouble());
        assertEquals(NONE, comparison.joulesPerToken(prefill, series.get(0)), "no meter, no figure");
        assertTrue(comparison.hasJoules());
    }

    @Test
    void depthsAreKeptApart() {
        Comparison comparison = new Comparison(List.of(Results.of(
                Results.host("Zen 5", "none"),
                Results.cell("avx2", "dense", "pp512", 1, 100, NONE),
                Results.cell("avx2", "dense", "pp512 @ d1024", 1, 50, NONE),
                Results.cell("avx2", "dense", "tg64 @ d1024", 1, 20, NONE))));
        assertEquals(
                List.of("prefill", "prefill, after 1024 tokens", "decode, 1 sequence, after 1024 tokens"),
                comparison.works());
    }

    @Test
    void equalHostsAreNumbered() {
        MatrixResult result =
                Results.of(Results.host("Zen 5", "none"), Results.cell("avx2", "dense", "tg64", 1, 1, NONE));
        Comparison comparison = new Comparison(List.of(result, result));
        assertEquals(List.of("Zen 5, 2 threads (1)", "Zen 5, 2 threads (2)"), comparison.hosts());
        assertEquals(2, comparison.series().size());
        assertFalse(comparison.hasJoules());
    }

    @Test
    void anUnknownMicroarchitectureIsCalledByItsName() {
        assertEquals(
                "Some \"CPU\" & more, 2 threads",
                Results.host("unknown", "none").label());
    }

    @Test
    void nothingCannotBeCompared() {
        assertThrows(IllegalArgumentException.class, () -> new Comparison(List.of()));
    }
}
