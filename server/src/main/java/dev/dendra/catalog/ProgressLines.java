// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.io.PrintStream;
import java.util.Locale;

/** Progress as a line for every quarter, for logs. */
public final class ProgressLines implements FetchProgress {
    private final PrintStream log;
    private String what = "";
    private long total;
    private int quartersSaid;

    /** Lines on {@code log}. */
    public ProgressLines(PrintStream log) {
        this.log = log;
    }

    @Override
    public void started(String newWhat, long totalBytes) {
        what = newWhat;
        total = totalBytes;
        quartersSaid = 0;
        log.printf(Locale.ROOT, "%s: %.1f MB%n", what, total / 1e6);
    }

    @Override
    public void advanced(long doneBytes) {
        int quarters = total <= 0 ? 0 : Math.clamp(4 * doneBytes / total, 0, 4);
        if (quarters > quartersSaid) {
            quartersSaid = quarters;
            log.printf(Locale.ROOT, "%s: %d %%%n", what, 25 * quarters);
        }
    }

    @Override
    public void finished() {}
}
