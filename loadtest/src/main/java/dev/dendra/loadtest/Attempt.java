// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;

/** How one request went. Moments are in nanoseconds since the start of its load. */
sealed interface Attempt {

    /** When the load wanted it sent; in a closed loop that is when it was sent. */
    long intended();

    /** When it was sent. */
    long sent();

    /** When its answer, or the attempt to get one, ended. */
    long ended();

    /**
     * A stream that ended as it should.
     *
     * @param chunks when each chunk with text arrived, in order
     * @param usage what was counted, and by whom
     */
    record Completed(long intended, long sent, List<Long> chunks, long ended, Usage usage) implements Attempt {

        public Completed {
            chunks = List.copyOf(chunks);
        }

        /** The arrival of the first text; the end of the stream where it has none, as when only control tokens came. */
        long firstToken() {
            return chunks.isEmpty() ? ended : chunks.getFirst();
        }

        long timeToFirstToken() {
            return firstToken() - intended;
        }

        long endToEnd() {
            return ended - intended;
        }

        /** Nanoseconds for each output token after the first, 0 where there is none. */
        double timePerOutputToken() {
            long further = usage.outputTokens() - 1;
            return further > 0 ? (double) (ended - firstToken()) / further : 0;
        }
    }

    /**
     * A request without a usable answer.
     *
     * @param reason {@code HTTP 429} or another short label under which failures are counted
     */
    record Failed(long intended, long sent, long ended, String reason) implements Attempt {}
}
