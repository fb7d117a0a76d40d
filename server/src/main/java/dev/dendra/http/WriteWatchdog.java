// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends writes that block for too long: a client that keeps its connection open but does not read would hold a thread
 * and a sequence for ever. Sockets know no write timeout; interrupting the writing thread closes its channel.
 */
final class WriteWatchdog implements AutoCloseable {
    private final long limitNanos;
    private final Set<Write> writes = ConcurrentHashMap.newKeySet();
    private final Thread clock;

    /** Starts to watch for writes that take longer than {@code limit}. */
    WriteWatchdog(Duration limit) {
        limitNanos = limit.toNanos();
        long period = Math.clamp(limit.toMillis() / 8, 1, 1000);
        clock = Thread.ofVirtual().name("write-watchdog").start(() -> run(Duration.ofMillis(period)));
    }

    /** The current thread begins to write; it must close what it gets when it is done. */
    Write begin() {
        Write write = new Write(Thread.currentThread(), System.nanoTime());
        writes.add(write);
        return write;
    }

    @Override
    public void close() {
        clock.interrupt();
    }

    private void run(Duration period) {
        try {
            while (true) {
                Thread.sleep(period);
                check();
            }
        } catch (InterruptedException closed) {
            // the server has stopped
        }
    }

    private void check() {
        long now = System.nanoTime();
        for (Write write : writes) {
            if (now - write.start > limitNanos) {
                write.cut();
            }
        }
    }

    /** A write under way. */
    final class Write implements AutoCloseable {
        private final Thread thread;
        private final long start;
        private boolean done;

        private Write(Thread thread, long start) {
            this.thread = thread;
            this.start = start;
        }

        /** The write has ended: from now on its thread is not interrupted. */
        @Override
        public synchronized void close() {
            done = true;
            writes.remove(this);
        }

        private synchronized void cut() {
            if (!done) {
                thread.interrupt();
            }
        }
    }
}
