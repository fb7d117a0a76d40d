// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("vector-width")
final class VectorExpTest {

    @Test
    void isWithinTwoUlpOverItsRange() {
        for (int i = 0; i < 500_000; i++) {
            float x = -87.336f * i / 500_000;
            double expected = Math.exp(x);
            double ulps = Math.abs(VectorExp.exp(x) - expected) / Math.ulp((float) expected);
            assertTrue(ulps <= 2, () -> "exp(" + x + ") is off by " + ulps + " ulp");
        }
    }

    @Test
    void vectorAndScalarFormsGiveTheSameBits() {
        int lanes = VectorSpeciesChoice.LANES;
        float[] arguments = new float[lanes];
        for (int i = 0; i < 2_000; i++) {
            for (int lane = 0; lane < lanes; lane++) {
                arguments[lane] = -100f * (i * lanes + lane) / (2_000 * lanes);
            }
            FloatVector exponentials = VectorExp.exp(FloatVector.fromArray(VectorSpeciesChoice.FLOATS, arguments, 0));
            for (int lane = 0; lane < lanes; lane++) {
                assertEquals(VectorExp.exp(arguments[lane]), exponentials.lane(lane));
            }
        }
    }

    @Test
    void keepsOneZeroAndNan() {
        float[] ends = {0f, -0f, Float.NEGATIVE_INFINITY, -1e30f, Float.NaN, Float.intBitsToFloat(0xffc01234)};
        float[] expected = {1f, 1f, 0f, 0f, Float.NaN, Float.NaN};
        for (int i = 0; i < ends.length; i++) {
            FloatVector x = FloatVector.broadcast(VectorSpeciesChoice.FLOATS, ends[i]);
            assertEquals(expected[i], VectorExp.exp(x).lane(0));
            assertEquals(expected[i], VectorExp.exp(ends[i]));
        }
    }
}
