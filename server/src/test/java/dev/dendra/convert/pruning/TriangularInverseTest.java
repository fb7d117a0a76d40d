// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.convert.ParallelPanels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TriangularInverseTest {

    /** On both sides of the blocks of rows and columns. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 31, 32, 33, 64, 65, 130})
    void itsSquareIsTheInverse(int size) {
        double[][] hessian = Samples.plainHessian(Samples.correlatedInputs(2 * size, size, size));
        double[][] factor = factor(hessian, 2);
        for (int column = 0; column < size; column++) {
            double[] unit = new double[size];
            unit[column] = 1;
            double[] expected = Samples.solve(hessian, unit);
            for (int row = 0; row < size; row++) {
                double sum = 0;
                for (int i = 0; i <= Math.min(row, column); i++) {
                    sum += factor[i][row] * factor[i][column];
                }
                assertEquals(expected[row], sum, 1e-9 * Math.abs(expected[column]), row + ", " + column);
            }
        }
    }

    @Test
    void doesNotDependOnTheThreads() {
        double[][] hessian = Samples.plainHessian(Samples.correlatedInputs(200, 100, 5));
        double[][] one = factor(hessian, 1);
        double[][] three = factor(hessian, 3);
        for (int i = 0; i < 100; i++) {
            assertArrayEquals(one[i], three[i]);
        }
    }

    @Test
    void namesTheInputThatHasNoInverse() {
        double[][] singular = {{1, 1, 0}, {1, 1, 0}, {0, 0, 1}};
        InvalidMomentsException thrown = assertThrows(InvalidMomentsException.class, () -> factor(singular, 1));
        assertTrue(String.valueOf(thrown.getMessage()).contains("at input 0"), thrown.getMessage());
    }

    private static double[][] factor(double[][] hessian, int threads) {
        double[][] factor = new double[hessian.length][];
        for (int i = 0; i < factor.length; i++) {
            factor[i] = hessian[i].clone();
        }
        TriangularInverse.replace(factor, new ParallelPanels(threads));
        return factor;
    }
}
