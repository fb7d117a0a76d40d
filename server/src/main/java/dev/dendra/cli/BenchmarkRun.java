// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.KernelInfo;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What one kind of kernels made of the tests.
 *
 * @param kernels that ran
 * @param activations their precision, as {@code Activations} describes it
 * @param results at least one
 */
record BenchmarkRun(KernelInfo kernels, String activations, List<BenchmarkResult> results) {

    /** Bytes of weights read in a second of decode with one sequence, where that was timed. */
    OptionalDouble decodeBytesPerSecond(long weightBytesPerToken) {
        return results.stream()
                .filter(result -> result.batch() == 1 && result.test().startsWith("tg"))
                .mapToDouble(result -> result.median() * weightBytesPerToken)
                .findFirst();
    }
}
