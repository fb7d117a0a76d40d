// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongFunction;

/** Progress as a line for every quarter, for logs. */
public final class ProgressLines implements FetchProgress {
    private final PrintStream log;
    private final LongFunction<String> amount;
    private String what = "";
    private long total;
    private int quartersSaid;

    /** Lines on {@code log} for bytes. */
    public ProgressLines(PrintStream log) {
        this(log, FetchProgress::megabytes);
    }

    /** Lines for something else than bytes; {@code amount} says how much of it there is. */
    public ProgressLines(PrintStream log, LongFunction<String> amount) {
        this.log = log;
        this.amount = amount;
    }

    @Override
    public void started(String newWhat, long newTotal) {
        what = newWhat;
        total = newTotal;
        quartersSaid = 0;
        log.printf(Locale.ROOT, "%s: %s%n", what, amount.apply(total));
    }

    @Override
    public void advanced(long done) {
        int quarters = total <= 0 ? 0 : Math.clamp(4 * done / total, 0, 4);
        if (quarters > quartersSaid) {
            quartersSaid = quarters;
            log.printf(Locale.ROOT, "%s: %d %%%n", what, 25 * quarters);
        }
    }

    @Override
    public void finished() {}
}
