// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Interrupts a command that works on files when the process is told to end, and lets the process end once the command has
 * unwound: what is half-written is deleted on the way. For a try-with-resources statement around the work.
 */
final class UnwindingShutdown implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 20;

    private final CountDownLatch unwound = new CountDownLatch(1);
    private final Thread hook;

    private UnwindingShutdown(Thread worker) {
        hook = new Thread(() -> interruptAndWait(worker), "dendra-unwind");
    }

    /** Interrupts the calling thread. */
    static UnwindingShutdown ofThisThread() {
        UnwindingShutdown shutdown = new UnwindingShutdown(Thread.currentThread());
        Runtime.getRuntime().addShutdownHook(shutdown.hook);
        return shutdown;
    }

    private void interruptAndWait(Thread worker) {
        worker.interrupt();
        try {
            var _ = unwound.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        unwound.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook is at work, and done now.
        }
    }
}
