// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

/** The rows of a weight matrix {@code [N, K]} in single precision. One instance is used by one thread. */
@FunctionalInterface
public interface WeightRows {

    /** Writes row {@code row}, K values, to the start of {@code values}. */
    void read(int row, float[] values);
}
