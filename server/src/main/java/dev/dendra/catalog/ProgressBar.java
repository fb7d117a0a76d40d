// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.io.PrintStream;
import java.util.Locale;

/** Progress as one line of a terminal that is drawn over and over. */
public final class ProgressBar implements FetchProgress {
    private static final int WIDTH = 30;

    private final PrintStream terminal;
    private String what = "";
    private long total;
    private int drawn = -1;

    /** A bar on {@code terminal}. */
    public ProgressBar(PrintStream terminal) {
        this.terminal = terminal;
    }

    @Override
    public void started(String newWhat, long totalBytes) {
        what = newWhat;
        total = totalBytes;
        drawn = -1;
        advanced(0);
    }

    @Override
    public void advanced(long doneBytes) {
        int percent = total <= 0 ? 0 : Math.clamp(100 * doneBytes / total, 0, 100);
        if (percent == drawn) {
            return;
        }
        drawn = percent;
        int filled = percent * WIDTH / 100;
        terminal.printf(
                Locale.ROOT,
                "\r%s [%s%s] %3d %% of %.1f MB",
                what,
                "#".repeat(filled),
                " ".repeat(WIDTH - filled),
                percent,
                total / 1e6);
        terminal.flush();
    }

    @Override
    public void finished() {
        terminal.println();
        terminal.flush();
    }
}
