// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.convert.StageProgress;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows how far a long piece of work is and how long the rest will take at the rate so far: on a terminal as a line that is
 * drawn over and over, else as a line for every tenth.
 */
final class StageProgressDisplay implements StageProgress {
    private static final int WIDTH = 30;
    private static final int STEPS_OF_LOG = 10;
    private static final int STEPS_OF_TERMINAL = 1000;

    private final PrintStream out;
    private final boolean interactive;
    private final LongSupplier nanoTime;
    private String what = "";
    private long total = 1;
    private long start;
    private long shown;

    StageProgressDisplay(Console console) {
        this(console.err(), console.interactive(), System::nanoTime);
    }

    /** A display whose clock is {@code nanoTime}. */
    StageProgressDisplay(PrintStream out, boolean interactive, LongSupplier nanoTime) {
        this.out = out;
        this.interactive = interactive;
        this.nanoTime = nanoTime;
    }

    @Override
    public void started(String newWhat, long newTotal) {
        what = newWhat;
        total = Math.max(newTotal, 1);
        start = nanoTime.getAsLong();
        shown = 0;
        if (interactive) {
            show(0);
        } else {
            out.println(what);
        }
    }

    @Override
    public void advanced(long done) {
        long steps = interactive ? STEPS_OF_TERMINAL : STEPS_OF_LOG;
        long step = steps * Math.min(done, total) / total;
        if (step > shown) {
            shown = step;
            show(done);
        }
    }

    private void show(long done) {
        int percent = (int) (100 * Math.min(done, total) / total);
        String left = timeLeft(done);
        if (interactive) {
            int filled = percent * WIDTH / 100;
            out.printf(
                    Locale.ROOT,
                    "\r%s [%s%s] %3d %%%-16s",
                    what,
                    "#".repeat(filled),
                    " ".repeat(WIDTH - filled),
                    percent,
                    left);
        } else {
            out.printf(Locale.ROOT, "%s: %d %%%s%n", what, percent, left);
        }
        out.flush();
    }

    private String timeLeft(long done) {
        if (done <= 0 || done >= total) {
            return "";
        }
        double elapsed = (nanoTime.getAsLong() - start) / 1e9;
        long seconds = Math.round(elapsed * (total - done) / done);
        return seconds < 100 ? ", " + seconds + " s left" : ", " + Math.round(seconds / 60.0) + " min left";
    }

    @Override
    public void finished() {
        if (interactive) {
            out.println();
            out.flush();
        }
    }
}
