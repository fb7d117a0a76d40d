// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A step, or several that follow each other, whose energy is given out piece by piece as time is accounted for. */
final class LoggedStep {
    private final long beginNanos;
    private final long endNanos;
    private final Work work;
    private final List<Entry> entries;
    private long reachedNanos;
    private boolean usedUp;

    /**
     * What a request had of a step.
     *
     * @param request null if it is nobody's
     * @param promptRows rows of its prompt
     * @param decodeRows rows of what it decodes
     * @param kvTokens tokens whose keys and values were read for either
     */
    record Entry(@Nullable RequestEnergy request, int promptRows, int decodeRows, int kvTokens) {
        int rows() {
            return promptRows + decodeRows;
        }

        Work work() {
            // Of both kinds only where steps were noted as one.
            double prompt = rows() == 0 ? 0 : (double) promptRows / rows();
            return new Work(0, promptRows, prompt * kvTokens, decodeRows, (1 - prompt) * kvTokens);
        }
    }

    /**
     * A piece of it.
     *
     * @param step it belongs to
     * @param fromNanos begin
     * @param toNanos end
     */
    record Piece(LoggedStep step, long fromNanos, long toNanos) {
        double seconds() {
            return (toNanos - fromNanos) * 1e-9;
        }
    }

    LoggedStep(long beginNanos, long endNanos, int steps, List<Entry> entries) {
        this.beginNanos = beginNanos;
        this.endNanos = endNanos;
        this.entries = List.copyOf(entries);
        this.reachedNanos = beginNanos;
        Work sum = new Work(steps, 0, 0, 0, 0);
        for (Entry entry : entries) {
            sum = sum.plus(entry.work());
        }
        this.work = sum;
    }

    /** All that it computed. */
    Work work() {
        return work;
    }

    List<Entry> entries() {
        return entries;
    }

    long beginNanos() {
        return beginNanos;
    }

    double seconds() {
        return (endNanos - beginNanos) * 1e-9;
    }

    /** Whether all of it was cut off. */
    boolean isUsedUp() {
        return usedUp;
    }

    /**
     * Cuts off what lies before {@code toNanos} and was not cut off before. What lies before {@code fromNanos} and was not
     * known when that time was accounted for is lost: nanoseconds, if anything.
     */
    Piece cut(long fromNanos, long toNanos) {
        long from = Math.min(Math.max(reachedNanos, fromNanos), endNanos);
        reachedNanos = Math.min(endNanos, toNanos);
        usedUp = endNanos <= toNanos;
        return new Piece(this, from, reachedNanos);
    }
}
