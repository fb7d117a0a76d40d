// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends reads and writes that block for too long: a client that keeps its connection open but does not send its body, or
 * does not read, would hold a thread and what goes with it for ever. Sockets know no such limit by themselves;
 * interrupting the thread closes its channel.
 */
final class SocketWatchdog implements AutoCloseable {
    private final long limitNanos;
    private final Set<Operation> operations = ConcurrentHashMap.newKeySet();
    private final Thread clock;

    /** Starts to watch for operations that take longer than {@code limit}. */
    SocketWatchdog(Duration limit) {
        limitNanos = limit.toNanos();
        long period = Math.clamp(limit.toMillis() / 8, 1, 1000);
        clock = Thread.ofVirtual().name("socket-watchdog").start(() -> run(Duration.ofMillis(period)));
    }

    /** The current thread begins to read or write; it must close what it gets when it is done. */
    Operation begin() {
        return begin(System.nanoTime());
    }

    /** The same, for an operation that is a part of one that began at {@code startNanos}. */
    Operation begin(long startNanos) {
        Operation operation = new Operation(Thread.currentThread(), startNanos);
        operations.add(operation);
        return operation;
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
        for (Operation operation : operations) {
            if (now - operation.start > limitNanos) {
                operation.cut();
            }
        }
    }

    /** A read or write under way. */
    final class Operation implements AutoCloseable {
        private final Thread thread;
        private final long start;
        private boolean done;
        private boolean cut;

        private Operation(Thread thread, long start) {
            this.thread = thread;
            this.start = start;
        }

        /** It has ended: from now on its thread is not interrupted. */
        @Override
        public synchronized void close() {
            done = true;
            operations.remove(this);
        }

        /** Whether it took too long. */
        synchronized boolean wasCut() {
            return cut;
        }

        private synchronized void cut() {
            if (!done) {
                cut = true;
                thread.interrupt();
            }
        }
    }
}
