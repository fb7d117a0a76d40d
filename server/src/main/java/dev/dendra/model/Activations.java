// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.KernelInfo;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.Tuning;
import dev.dendra.tensor.ActivationPrecision;
import java.util.EnumSet;
import java.util.Set;

/**
 * Precision of the activations that enter a matmul, by the rows of the step: decode reads weights and has arithmetic to
 * spare, prefill has not. Where the two differ, what a row becomes depends on the size of the step that it is in.
 *
 * @param fewRows precision of a step with fewer rows than {@code manyFrom}
 * @param manyRows precision of the others
 * @param manyFrom at least 1
 */
public record Activations(ActivationPrecision fewRows, ActivationPrecision manyRows, int manyFrom) {

    /** Checks the range. */
    public Activations {
        if (manyFrom < 1) {
            throw new IllegalArgumentException("steps with many rows begin at 1 row or more, not at " + manyFrom);
        }
    }

    /** One precision for every step. */
    public static Activations always(ActivationPrecision precision) {
        return new Activations(precision, precision, 1);
    }

    /**
     * What is used on these kernels when nobody asks for a precision: the fastest that keeps the mean change of a token's
     * log-probability below 0.02 of what single precision gives (measured: i16 0.0003, bf16 0.013, i8 0.061). The kernels
     * say from how many rows bf16 is the faster one.
     */
    public static Activations defaultOf(Kernels kernels) {
        KernelInfo info = kernels.info();
        if (!info.provider().equals("native")) {
            return always(ActivationPrecision.F32);
        }
        int bfloat16From = kernels.bfloat16RowsFrom();
        return bfloat16From == Tuning.NEVER
                ? always(ActivationPrecision.I16)
                : new Activations(ActivationPrecision.I16, ActivationPrecision.BF16, bfloat16From);
    }

    /**
     * That of small steps for all: then what a row becomes does not depend on its step. It is the more exact one of the
     * defaults, and costs what the other would have saved.
     */
    public Activations inEveryStep() {
        return always(fewRows);
    }

    /** The precisions that steps may have. */
    public Set<ActivationPrecision> precisions() {
        return EnumSet.of(fewRows, manyRows);
    }

    /** Precision of a step, or of a product, of that many rows. */
    public ActivationPrecision of(int rows) {
        return rows < manyFrom ? fewRows : manyRows;
    }

    /**
     * Refuses kernels that lack a precision.
     *
     * @throws UnsupportedOperationException naming the precision and the kernels
     */
    public void requireOf(Kernels kernels) {
        kernels.requireActivations(fewRows);
        kernels.requireActivations(manyRows);
    }

    /** For people: {@code i16}, or {@code i16, i8 from 32 rows on}. */
    @Override
    public String toString() {
        return fewRows == manyRows
                ? fewRows.id()
                : fewRows.id() + ", " + manyRows.id() + " from " + manyFrom + " rows on";
    }
}
