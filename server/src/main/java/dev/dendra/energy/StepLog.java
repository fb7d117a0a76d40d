// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import org.jspecify.annotations.Nullable;

/**
 * Where an engine notes what its steps compute and for whom, so that the energy of a time can be shared out among those
 * who caused it. Noting allocates nothing and never waits. Times are those of {@link System#nanoTime()}. All but
 * {@link #open()} for one thread.
 */
public interface StepLog {

    /** Where the energy of a request gathers; null if nobody measures. Any thread. */
    @Nullable
    RequestEnergy open();

    /** A step begins. One that has not ended, since something broke, ends here. */
    void begin(long nanos);

    /**
     * The step computes rows of a prompt.
     *
     * @param request whose; null for nobody's
     * @param rows at least 1
     * @param kvTokens tokens whose keys and values are read
     */
    void prompt(@Nullable RequestEnergy request, int rows, int kvTokens);

    /** The step computes rows of a sequence that decodes, guessed ones included; otherwise as {@link #prompt}. */
    void decode(@Nullable RequestEnergy request, int rows, int kvTokens);

    /** The step ends, if one has begun. An engine that is idle calls this now and then. */
    void end(long nanos);

    /** Notes nothing. */
    static StepLog none() {
        return new StepLog() {
            @Override
            public @Nullable RequestEnergy open() {
                return null;
            }

            @Override
            public void begin(long nanos) {}

            @Override
            public void prompt(@Nullable RequestEnergy request, int rows, int kvTokens) {}

            @Override
            public void decode(@Nullable RequestEnergy request, int rows, int kvTokens) {}

            @Override
            public void end(long nanos) {}
        };
    }
}
