// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.KernelInfo;
import java.util.Comparator;
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

    /**
     * Bytes read in a second of decode with one sequence, at the least depth for which that was timed: all weights, and
     * the keys and values of that depth.
     */
    OptionalDouble decodeBytesPerSecond(long weightBytesPerToken, long kvBytesPerToken) {
        return results.stream()
                .filter(BenchmarkResult::isSingleDecode)
                .min(Comparator.comparingInt(BenchmarkResult::depth))
                .map(result -> result.median() * (weightBytesPerToken + kvBytesPerToken * result.depth()))
                .map(OptionalDouble::of)
                .orElse(OptionalDouble.empty());
    }
}
