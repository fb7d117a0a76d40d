// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.energy.RequestEnergy;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The reader's end of a running request. */
public interface Generation {

    /** The next event, waiting up to {@code timeout} for it; null if none came in time. */
    @Nullable
    GenerationEvent poll(Duration timeout) throws InterruptedException;

    /** How long the request waited until the engine first worked on it; empty while it waits. Any thread. */
    Optional<Duration> queued();

    /**
     * Tokens of the prompt that were in the prefix cache and not computed again; 0 while the request waits, right from the
     * first event on, however the generation ends. Any thread.
     */
    int cachedTokens();

    /** What its energy is; null if nobody measures. Any thread. */
    @Nullable
    RequestEnergy energy();

    /** Ends the generation at the next step and frees what it holds. Any thread, any number of times. */
    void cancel();
}
