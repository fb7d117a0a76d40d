// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ByteSizeConverterTest {
    private final ByteSizeConverter converter = new ByteSizeConverter();

    @Test
    void sizesHaveDecimalAndBinaryUnits() {
        assertEquals(2L << 30, converter.convert("2GiB"));
        assertEquals(500_000_000L, converter.convert("500 mb"));
        assertEquals(1_500L, converter.convert("1.5kB"));
        assertEquals(1L, converter.convert("1"));
        assertEquals(3L << 40, converter.convert("3TiB"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "0", "0.5", "-1", "2 apples", "GiB", "1e9", "2Gi B", "99999999999 TiB", "9223372036854775808"
            })
    void whatIsNoSizeOrNothingOrTooLargeIsRefused(String text) {
        assertThrows(TypeConversionException.class, () -> converter.convert(text));
    }
}
