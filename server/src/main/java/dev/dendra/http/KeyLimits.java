// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.util.OptionalInt;

/**
 * What the holder of a key may use.
 *
 * @param requestsPerMinute most requests in a minute, in bursts or evenly; empty for no limit
 * @param concurrentRequests most requests at once; empty for no limit
 * @param priorityMinimum lowest value, which is the most urgent, that a request's priority may have; a more urgent
 *     request is taken as one of this priority
 */
record KeyLimits(OptionalInt requestsPerMinute, OptionalInt concurrentRequests, OptionalInt priorityMinimum) {

    /** No limits. */
    static final KeyLimits NONE = new KeyLimits(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());
}
