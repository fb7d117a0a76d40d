// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.FetchProgress;
import dev.dendra.catalog.ProgressBar;
import dev.dendra.catalog.ProgressLines;
import dev.dendra.evaluation.EvaluationProgress;
import java.util.function.LongFunction;

/** Shows how far an evaluation is. */
final class EvaluationProgressDisplay implements EvaluationProgress, AutoCloseable {
    private final FetchProgress display;
    private long done;

    /** A display of {@code tokens} to go. */
    EvaluationProgressDisplay(Console console, long tokens) {
        LongFunction<String> amount = count -> count + " tokens";
        this.display = console.interactive()
                ? new ProgressBar(console.err(), amount)
                : new ProgressLines(console.err(), amount);
        display.started("Evaluating", tokens);
    }

    @Override
    public void advanced(int tokens) {
        done += tokens;
        display.advanced(done);
    }

    @Override
    public void close() {
        display.finished();
    }
}
