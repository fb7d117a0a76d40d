// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.Engine;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Watches an engine's steps. One that takes too long is logged with what the scheduler is doing; one that does not come
 * back at all ends the process, so that whoever supervises it starts another: nothing inside can help a thread that hangs
 * in a kernel.
 */
final class StallGuard implements AutoCloseable {
    /** Exit code of a process whose engine hangs. */
    static final int EXIT_CODE = 3;

    private static final Duration LONGEST_PERIOD = Duration.ofSeconds(1);
    private static final System.Logger LOGGER = System.getLogger(StallGuard.class.getName());

    private final Supplier<Duration> sinceLastStep;
    private final Supplier<String> whereabouts;
    private final Duration limit;
    private final Duration patience;
    private final Runnable exit;
    private final Thread thread;
    private boolean reported;

    /**
     * Watches from now on.
     *
     * @param sinceLastStep time since the scheduler last began a step
     * @param whereabouts what the scheduler is doing, for the log
     * @param limit longest time of a step
     * @param patience time after that until {@code exit} is called; zero for never
     */
    StallGuard(
            Supplier<Duration> sinceLastStep,
            Supplier<String> whereabouts,
            Duration limit,
            Duration patience,
            Runnable exit) {
        this.sinceLastStep = sinceLastStep;
        this.whereabouts = whereabouts;
        this.limit = limit;
        this.patience = patience;
        this.exit = exit;
        Duration period = limit.dividedBy(4);
        Duration pause = period.compareTo(LONGEST_PERIOD) < 0 ? period : LONGEST_PERIOD;
        // No virtual thread: these may all be waiting for a processor that a kernel holds.
        this.thread =
                Thread.ofPlatform().name("dendra-stall-guard").daemon(true).start(() -> run(pause));
    }

    /** Watches {@code engine}; a process whose engine hangs ends at once with {@link #EXIT_CODE}. */
    static StallGuard of(Engine engine, Duration limit, Duration patience) {
        // Not exit: the shutdown hook would wait for the engine.
        return new StallGuard(
                engine::sinceLastStep,
                engine::whereabouts,
                limit,
                patience,
                () -> Runtime.getRuntime().halt(EXIT_CODE));
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run(Duration pause) {
        try {
            while (!check()) {
                Thread.sleep(pause);
            }
        } catch (InterruptedException closed) {
            // the engine is being closed
        }
    }

    /** Looks once; true if the process was told to end. */
    private boolean check() {
        Duration stalled = sinceLastStep.get();
        if (stalled.compareTo(limit) < 0) {
            if (reported) {
                LOGGER.log(System.Logger.Level.WARNING, "the engine goes on");
            }
            reported = false;
            return false;
        }
        if (!reported) {
            reported = true;
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "a step of the engine has taken {0} s; the server is not ready. The scheduler is at\n{1}",
                    stalled.toSeconds(),
                    whereabouts.get());
        }
        if (patience.isZero() || stalled.compareTo(limit.plus(patience)) < 0) {
            return false;
        }
        LOGGER.log(
                System.Logger.Level.ERROR,
                "the engine has hung for {0} s; the process exits with {1}",
                stalled.toSeconds(),
                EXIT_CODE);
        exit.run();
        return true;
    }
}
