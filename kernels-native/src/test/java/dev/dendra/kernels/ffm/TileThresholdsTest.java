// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.kernels.Tuning;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TileThresholdsTest {

    @ParameterizedTest
    @CsvSource({"1,0", "2,1", "3,2", "576,9", "724,9", "725,10", "1536,11", "4096,12", "14336,14", "2147483647,31"})
    void aClassIsTheNearestPowerOfTwo(int columns, int exponent) {
        assertEquals(exponent, TileThresholds.columnClass(columns));
    }

    @ParameterizedTest
    @EnumSource
    void oneClassChangesAndNoOther(Encoding changed) {
        TileThresholds thresholds = TileThresholds.BUILT_IN.with(changed, ActivationPrecision.I16, 9, 7);

        for (Encoding encoding : Encoding.values()) {
            for (ActivationPrecision precision : ActivationPrecision.values()) {
                for (int columnClass = 0; columnClass < 32; columnClass++) {
                    boolean isChanged = encoding == changed && precision == ActivationPrecision.I16 && columnClass == 9;
                    assertEquals(
                            isChanged ? 7 : TileThresholds.BUILT_IN.rowsFrom(encoding, precision, columnClass),
                            thresholds.rowsFrom(encoding, precision, columnClass));
                }
            }
        }
    }

    /** Tiles of bfloat16 add in another order, so a row would depend on its batch. */
    @ParameterizedTest
    @EnumSource
    void bfloat16UsesTilesOnAnyRows(Encoding encoding) {
        assertEquals(1, TileThresholds.integers(Tuning.NEVER).rowsFrom(encoding, ActivationPrecision.BF16, 9));
    }

    @Test
    void whatIsBuiltIn() {
        TileThresholds builtIn = TileThresholds.BUILT_IN;

        assertEquals(5, builtIn.rowsFrom(Encoding.I8, ActivationPrecision.I8, 9));
        assertEquals(Tuning.NEVER, builtIn.rowsFrom(Encoding.U4G32, ActivationPrecision.I16, 9));
        assertEquals(32, builtIn.bfloat16RowsFrom());
    }
}
