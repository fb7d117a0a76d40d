// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The reader's end of a running request. */
public interface Generation {

    /** The next event, waiting up to {@code timeout} for it; null if none came in time. */
    @Nullable
    GenerationEvent poll(Duration timeout) throws InterruptedException;

    /** Ends the generation at the next step and frees what it holds. Any thread, any number of times. */
    void cancel();
}
