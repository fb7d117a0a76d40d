// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongFunction;

/** Progress as one line of a terminal that is drawn over and over. */
public final class ProgressBar implements FetchProgress {
    private static final int WIDTH = 30;

    private final PrintStream terminal;
    private final LongFunction<String> amount;
    private String what = "";
    private long total;
    private int drawn = -1;

    /** A bar on {@code terminal} for bytes. */
    public ProgressBar(PrintStream terminal) {
        this(terminal, FetchProgress::megabytes);
    }

    /** A bar for something else than bytes; {@code amount} says how much of it there is. */
    public ProgressBar(PrintStream terminal, LongFunction<String> amount) {
        this.terminal = terminal;
        this.amount = amount;
    }

    @Override
    public void started(String newWhat, long newTotal) {
        what = newWhat;
        total = newTotal;
        drawn = -1;
        advanced(0);
    }

    @Override
    public void advanced(long done) {
        int percent = total <= 0 ? 0 : Math.clamp(100 * done / total, 0, 100);
        if (percent == drawn) {
            return;
        }
        drawn = percent;
        int filled = percent * WIDTH / 100;
        terminal.printf(
                Locale.ROOT,
                "\r%s [%s%s] %3d %% of %s",
                what,
                "#".repeat(filled),
                " ".repeat(WIDTH - filled),
                percent,
                amount.apply(total));
        terminal.flush();
    }

    @Override
    public void finished() {
        terminal.println();
        terminal.flush();
    }
}
