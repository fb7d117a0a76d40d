// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.evaluation.SampleMean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How means are written. */
class FigureTest {
    @ParameterizedTest
    @CsvSource({
        "25.3149, 0.4181, 25.31 ± 0.42",
        "47.66, 4.81, 47.7 ± 4.8",
        "1234.4, 118.2, 1234 ± 118",
        "1.00183, 0.00157, 1.0018 ± 0.0016",
        "0.0000012345, 0.0000000678, 0.000001235 ± 0.000000068",
        "1, 0, 1.000",
        "12.3456, NaN, 12.346",
    })
    void anErrorShowsTwoDigitsAndItsMeanAsManyDecimals(double value, double error, String expected) {
        assertEquals(expected, Figure.text(new SampleMean(value, error, 2, 10)));
    }
}
