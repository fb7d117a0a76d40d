// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

/**
 * How many calibration tokens there are.
 *
 * @param sequences at least 1
 * @param length tokens of each, at least 2
 */
public record CorpusShape(int sequences, int length) {

    /** Checks the ranges. */
    public CorpusShape {
        if (sequences < 1 || length < 2) {
            throw new IllegalArgumentException(
                    "calibration needs a sequence of 2 tokens or more, not " + sequences + " of " + length);
        }
    }

    /** Tokens in all. */
    public long tokens() {
        return (long) sequences * length;
    }

    /** {@code 128 x 512}. */
    @Override
    public String toString() {
        return sequences + " x " + length;
    }
}
