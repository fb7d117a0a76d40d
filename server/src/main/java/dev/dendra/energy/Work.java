// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

/**
 * How much was computed, in what takes time.
 *
 * @param steps each of which reads the weights once
 * @param promptRows rows of prompts
 * @param promptKvTokens tokens whose keys and values were read for them
 * @param decodeRows rows of sequences that decode
 * @param decodeKvTokens tokens whose keys and values were read for them
 */
record Work(double steps, double promptRows, double promptKvTokens, double decodeRows, double decodeKvTokens) {
    /** Rows of both kinds. */
    double rows() {
        return promptRows + decodeRows;
    }

    Work plus(Work other) {
        return new Work(
                steps + other.steps,
                promptRows + other.promptRows,
                promptKvTokens + other.promptKvTokens,
                decodeRows + other.decodeRows,
                decodeKvTokens + other.decodeKvTokens);
    }
}
