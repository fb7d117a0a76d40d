// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;

/** How one request went. */
sealed interface Attempt {

    /**
     * A stream that ended as it should. Times are in nanoseconds.
     *
     * @param timeToFirstToken from sending the request to the first chunk with text
     * @param gaps between successive chunks with text
     * @param endToEnd from sending the request to the end of the stream
     * @param promptTokens as the server counted them
     * @param completionTokens as the server counted them
     */
    record Completed(long timeToFirstToken, List<Long> gaps, long endToEnd, long promptTokens, long completionTokens)
            implements Attempt {

        public Completed {
            gaps = List.copyOf(gaps);
        }
    }

    /**
     * A request without a usable answer.
     *
     * @param reason {@code HTTP 429} or another short label under which failures are counted
     */
    record Failed(String reason) implements Attempt {}
}
