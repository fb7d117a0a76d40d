// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.logging.LogManager;

/**
 * Goes on logging while the JVM shuts down. The JDK's own manager takes its handlers away in a shutdown hook, beside the
 * one in which answers under way are finished, and their lines in the access log would be lost. Public for the JDK, which
 * makes it by its name.
 */
public final class LastingLogManager extends LogManager {
    private volatile boolean kept;

    /** For the JDK. */
    public LastingLogManager() {}

    /** From now on the configuration stays as it is. Handlers write every record through, so none needs to be closed. */
    void keep() {
        kept = true;
    }

    @Override
    public void reset() {
        if (!kept) {
            super.reset();
        }
    }
}
