// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;

/**
 * What a load brought.
 *
 * @param attempts one for each request, in the order of their intended times
 * @param clients of a closed loop; 0 in an open loop
 */
record LoadRun(List<Attempt> attempts, int clients) {

    LoadRun {
        attempts = List.copyOf(attempts);
    }

    /** Nanoseconds from the start to the end of the last request. */
    long wall() {
        return attempts.stream().mapToLong(Attempt::ended).max().orElse(0);
    }
}
