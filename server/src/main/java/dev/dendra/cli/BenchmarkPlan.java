// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.KvLayout;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is timed: prefill of one prompt and decode of some batches, each at some depths.
 *
 * @param promptTokens length of the prompt; 0 leaves prefill out
 * @param generatedTokens tokens that each sequence generates; 0 leaves decode out
 * @param batches numbers of sequences that are decoded together
 * @param depths tokens that are in the KV cache of each sequence before a test, not timed; sorted here
 */
record BenchmarkPlan(int promptTokens, int generatedTokens, List<Integer> batches, List<Integer> depths) {
    private static final int MOST_STEP_ROWS = 512;

    /** Sorts the depths, so that the cache is filled from one to the next. */
    BenchmarkPlan {
        batches = generatedTokens == 0 ? List.of() : List.copyOf(batches);
        depths = depths.stream().distinct().sorted().toList();
    }

    /** Numbers of sequences that there are tests for, a prompt's one first where it is not a batch anyway. */
    List<Integer> counts() {
        if (promptTokens == 0 || batches.contains(1)) {
            return batches;
        }
        return Stream.concat(Stream.of(1), batches.stream()).toList();
    }

    /** Tokens of the longest of {@code count} sequences that are computed together; a prompt is computed alone. */
    int longestSequence(int count) {
        int generated = batches.contains(count) ? generatedTokens : 0;
        // A depth may be any number; no context reaches the largest one.
        return (int) Math.min(
                Integer.MAX_VALUE, (long) depths.getLast() + Math.max(generated, count == 1 ? promptTokens : 0));
    }

    /** Tokens of the longest sequence of all. */
    int longestSequence() {
        return counts().stream().mapToInt(this::longestSequence).max().orElse(0);
    }

    /** Blocks of a KV cache that holds the largest test, and no more. */
    int kvBlocks() {
        int blocks = 1;
        for (int count : counts()) {
            blocks = Math.max(
                    blocks, Math.multiplyExact(count, Math.ceilDiv(longestSequence(count), KvLayout.BLOCK_TOKENS)));
        }
        return blocks;
    }

    /** Most rows of a step. */
    int stepRows() {
        int largestBatch = batches.stream().mapToInt(Integer::intValue).max().orElse(1);
        return Math.clamp(
                Math.max(promptTokens, depths.getLast()), largestBatch, Math.max(MOST_STEP_ROWS, largestBatch));
    }
}
