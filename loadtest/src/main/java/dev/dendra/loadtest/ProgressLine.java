// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** One line of a terminal that says how a run goes, written again a few times a second. */
final class ProgressLine implements Load.Progress {

    private static final long INTERVAL = Duration.ofMillis(250).toNanos();
    private static final int WIDTH = 100;

    private final PrintWriter terminal;
    private final String label;
    private final Pacer pacer;
    private final long start;
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicLong next;

    ProgressLine(PrintWriter terminal, String label, Pacer pacer) {
        this.terminal = terminal;
        this.label = label;
        this.pacer = pacer;
        this.start = pacer.now();
        this.next = new AtomicLong(start);
    }

    /** Takes the line away. */
    static void clear(PrintWriter terminal) {
        terminal.print("\r" + " ".repeat(WIDTH) + "\r");
        terminal.flush();
    }

    @Override
    public void sent() {
        sent.incrementAndGet();
        show();
    }

    @Override
    public void ended(Attempt attempt) {
        ended.incrementAndGet();
        if (attempt instanceof Attempt.Failed) {
            failed.incrementAndGet();
        }
        show();
    }

    private void show() {
        long now = pacer.now();
        long due = next.get();
        if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL)) {
            return;
        }
        String line = String.format(
                Locale.ROOT,
                "%s: %.0f s, %d sent, %d in flight, %d failed",
                label,
                (now - start) / 1e9,
                sent.get(),
                sent.get() - ended.get(),
                failed.get());
        terminal.printf("\r%-" + WIDTH + "." + WIDTH + "s", line);
        terminal.flush();
    }
}
