// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts open connections, so that a flood of them ends before the process runs out of file descriptors: the web server's
 * listener would not survive that. Any thread.
 */
final class OpenConnections {
    private static final long COMPLAINT_NANOS = Duration.ofSeconds(10).toNanos();
    private static final System.Logger LOGGER = System.getLogger(OpenConnections.class.getName());

    private final int limit;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong lastComplaint = new AtomicLong(System.nanoTime() - COMPLAINT_NANOS);

    OpenConnections(int limit) {
        this.limit = limit;
    }

    /** Counts one more, which must {@link #end()}; false if there are as many as there may be. */
    boolean begin() {
        if (open.incrementAndGet() <= limit) {
            return true;
        }
        open.decrementAndGet();
        complain();
        return false;
    }

    /** One is closed. */
    void end() {
        open.decrementAndGet();
    }

    private void complain() {
        long now = System.nanoTime();
        long last = lastComplaint.get();
        if (now - last >= COMPLAINT_NANOS && lastComplaint.compareAndSet(last, now)) {
            LOGGER.log(System.Logger.Level.WARNING, "all {0} connections are taken; further ones are closed", limit);
        }
    }
}
