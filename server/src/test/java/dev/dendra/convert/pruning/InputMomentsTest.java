// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InputMomentsTest {

    /** On both sides of a band of rows, a stripe of columns, a chunk of tokens and the four that are added at once. */
    @ParameterizedTest
    @CsvSource({"1, 1", "3, 16", "4, 17", "127, 33", "128, 512", "130, 513", "300, 100"})
    void areTheSumOfProducts(int tokens, int columns) {
        float[][] inputs = Samples.correlatedInputs(tokens, columns, 1);
        double[][] expected = Samples.plainMoments(inputs);
        InputMoments moments = Samples.moments(inputs, 2);
        assertEquals(tokens, moments.tokens());
        double[] norms = moments.norms();
        for (int i = 0; i < columns; i++) {
            assertEquals(Math.sqrt(expected[i][i]), norms[i], 1e-5 * norms[i] + 1e-12, "norm " + i);
            for (int j = 0; j < columns; j++) {
                double bound = 1e-5 * Math.sqrt(expected[i][i] * expected[j][j]) + 1e-12;
                assertEquals(expected[i][j], moments.get(i, j), bound, i + ", " + j);
            }
        }
    }

    @Test
    void addUpOverCalls() {
        float[][] first = Samples.correlatedInputs(50, 20, 1);
        float[][] second = Samples.correlatedInputs(7, 20, 2);
        InputMoments moments = Samples.moments(first, 1);
        Samples.add(moments, second);
        assertEquals(57, moments.tokens());
        double expected = Samples.plainMoments(first)[11][4] + Samples.plainMoments(second)[11][4];
        assertEquals(expected, moments.get(4, 11), 1e-4);
    }

    @Test
    void takeOnlyAsManyRowsAsTheyAreTold() {
        InputMoments moments = new InputMoments(3, 1);
        try (Arena arena = Arena.ofConfined()) {
            FloatMatrix inputs = FloatMatrix.allocate(arena, 2, 3);
            inputs.set(0, 1, 2f);
            inputs.set(1, 1, 5f);
            moments.add(inputs, 1);
            assertEquals(4.0, moments.get(1, 1));
            assertThrows(IllegalArgumentException.class, () -> moments.add(inputs, 3));
            FloatMatrix wider = FloatMatrix.allocate(arena, 2, 4);
            assertThrows(IllegalArgumentException.class, () -> moments.add(wider, 1));
        }
    }

    @Test
    void doNotDependOnTheThreads() {
        float[][] inputs = Samples.correlatedInputs(200, 70, 3);
        InputMoments one = Samples.moments(inputs, 1);
        InputMoments three = Samples.moments(inputs, 3);
        IntStream.range(0, 70 * 70).forEach(i -> assertEquals(one.get(i / 70, i % 70), three.get(i / 70, i % 70)));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY, 1e30f})
    void nameAnInputThatHasNoSquare(float value) {
        float[][] inputs = Samples.correlatedInputs(10, 20, 1);
        inputs[7][13] = value;
        InvalidMomentsException thrown = assertThrows(InvalidMomentsException.class, () -> Samples.moments(inputs, 2));
        assertTrue(String.valueOf(thrown.getMessage()).contains("input 13 of 20"), thrown.getMessage());
    }

    @Test
    void canBeReordered() {
        InputMoments moments = Samples.moments(Samples.correlatedInputs(10, 3, 1), 1);
        InputMoments reordered = moments.reordered(new int[] {2, 0, 1});
        assertEquals(moments.get(2, 2), reordered.get(0, 0));
        assertEquals(moments.get(0, 1), reordered.get(1, 2));
        assertEquals(moments.get(2, 1), reordered.get(2, 0));
        assertEquals(10, reordered.tokens());
    }
}
