// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.Tuning;
import java.util.OptionalInt;

/**
 * The search for the number of rows from which one way to compute a product is at least as fast as another, where it is
 * so for all larger numbers too. Both run in turn, and the fastest run of each counts: what else the machine does can
 * only make one slower.
 */
final class RowCrossover {
    private static final int ROUNDS = 8;

    /** Rounds after which a clear lead ends the comparison. */
    private static final int CLEAR_ROUNDS = 4;

    /** A lead is clear when the slower one takes that much longer. */
    private static final double CLEAR_RATIO = 1.25;

    /** A way to compute a product. */
    @FunctionalInterface
    interface Contestant {
        /** Computes it once on that many rows and says what it took, in nanoseconds. */
        long nanos(int rows);
    }

    private final int[] candidates;
    private final Deadline deadline;

    /** @param candidates numbers of rows, ascending */
    RowCrossover(int[] candidates, Deadline deadline) {
        this.candidates = candidates.clone();
        this.deadline = deadline;
    }

    /**
     * The smallest candidate on which {@code challenger} is at least as fast as {@code incumbent}, {@link Tuning#NEVER}
     * if it is slower on the largest; nothing if time runs out.
     */
    OptionalInt find(Contestant incumbent, Contestant challenger) {
        int slower = -1;
        int faster = candidates.length;
        int probe = candidates.length - 1;
        while (faster - slower > 1) {
            long lead = lead(incumbent, challenger, candidates[probe]);
            if (deadline.isOver()) {
                return OptionalInt.empty();
            }
            if (lead < 0) {
                slower = probe;
            } else {
                faster = probe;
            }
            probe = (slower + faster) / 2;
        }
        return OptionalInt.of(faster == candidates.length ? Tuning.NEVER : candidates[faster]);
    }

    /** By how many nanoseconds the challenger is ahead. */
    private long lead(Contestant incumbent, Contestant challenger, int rows) {
        long old = Long.MAX_VALUE;
        long young = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && !deadline.isOver(); round++) {
            boolean isClear = Math.max(old, young) > CLEAR_RATIO * Math.min(old, young);
            if (round >= CLEAR_ROUNDS && isClear) {
                break;
            }
            old = Math.min(old, incumbent.nanos(rows));
            young = Math.min(young, challenger.nanos(rows));
        }
        return old - young;
    }
}
