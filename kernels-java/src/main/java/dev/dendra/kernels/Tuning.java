// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import java.util.List;

/**
 * Kernels made ready for a model.
 *
 * @param kernels in place of those that were tuned; the two may share what is behind them: one of them is to be closed
 * @param findings what was decided and how, for people; empty where there was nothing to decide
 */
public record Tuning(Kernels kernels, List<String> findings) {

    /** The number of rows that no step has. */
    public static final int NEVER = Integer.MAX_VALUE;
}
