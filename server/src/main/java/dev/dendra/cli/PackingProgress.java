// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.FetchProgress;
import dev.dendra.catalog.ProgressBar;
import dev.dendra.catalog.ProgressLines;
import dev.dendra.convert.ConversionProgress;

/** Shows how far the packing of a model is; shows nothing if nothing is packed. */
final class PackingProgress implements ConversionProgress, AutoCloseable {
    private final FetchProgress display;
    private boolean started;

    PackingProgress(Console console) {
        this.display = console.interactive() ? new ProgressBar(console.err()) : new ProgressLines(console.err());
    }

    @Override
    public void tensorDone(long done, long total, String tensor) {
        if (!started) {
            started = true;
            display.started("Packing weights", total);
        }
        display.advanced(done);
    }

    @Override
    public void close() {
        if (started) {
            display.finished();
        }
    }
}
