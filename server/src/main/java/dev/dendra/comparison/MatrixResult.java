// SPDX-License-Identifier: Apache-2.0
package dev.dendra.comparison;

import java.util.List;

/**
 * A benchmark of one host over instruction sets, encodings, patterns and batches.
 *
 * @param version of Dendra
 * @param date on which it ran, as {@code yyyy-mm-dd}
 * @param model name of the shape whose made-up weights were used
 * @param host where
 * @param cells one for each test, in the order in which they ran
 */
public record MatrixResult(String version, String date, String model, HostDescription host, List<MatrixCell> cells) {

    /** Copies the cells. */
    public MatrixResult {
        cells = List.copyOf(cells);
    }
}
