// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.engine.GenerationEvent.FailureKind;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.metrics.EngineMetrics;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Tells a sequence's reader and the metrics what becomes of it. Scheduler thread. */
final class Reporter {
    private static final double NANOS = 1e-9;
    private static final System.Logger LOG = System.getLogger(Reporter.class.getName());

    private final EngineMetrics metrics;
    private final LongSupplier clock;

    /** With a clock in nanoseconds, by which sequences have arrived too. */
    Reporter(EngineMetrics metrics, LongSupplier clock) {
        this.metrics = metrics;
        this.clock = clock;
    }

    /** The sequence was taken up for the first time. */
    void admitted(Sequence sequence) {
        long nanos = clock.getAsLong() - sequence.arrivalNanos();
        sequence.mailbox().admitted(nanos);
        metrics.queued(nanos * NANOS);
    }

    /** Of the tokens of a prompt, {@code hits} were found in the prefix cache. */
    void lookedUp(Sequence sequence, int hits) {
        metrics.prefixCache(sequence.promptLength(), hits);
    }

    /** The sequence gave up its KV blocks in favour of others. */
    void preempted() {
        metrics.preempted();
    }

    /** A token was drawn; the sequence moves on. */
    void generated(Sequence sequence, int token, @Nullable TokenLogprobs logprobs) {
        long now = clock.getAsLong();
        if (sequence.generated() > 0) {
            metrics.interToken((now - sequence.lastTokenNanos()) * NANOS);
        } else {
            metrics.firstToken((now - sequence.arrivalNanos()) * NANOS);
        }
        sequence.generate(token, now);
        sequence.mailbox().offer(new GenerationEvent.TokenGenerated(token, logprobs));
    }

    /** The sequence ends well. */
    void finished(Sequence sequence, FinishReason reason) {
        end(
                sequence,
                reason.name().toLowerCase(Locale.ROOT),
                new GenerationEvent.Finished(
                        reason, sequence.promptLength(), sequence.generated(), sequence.cachedTokens()));
    }

    /**
     * The sequence ends because something broke.
     *
     * @param message for the client
     * @param cause for the log, or null if there is nothing to add
     */
    void failed(Sequence sequence, String message, @Nullable Throwable cause) {
        LOG.log(
                cause == null ? System.Logger.Level.WARNING : System.Logger.Level.ERROR,
                "request " + sequence.request().id() + ": " + message,
                cause);
        end(sequence, "error", new GenerationEvent.Failed(FailureKind.ERROR, message));
    }

    /** The sequence ends because its deadline has passed. */
    void expired(Sequence sequence) {
        String message = "the request's deadline passed after " + sequence.generated() + " tokens";
        end(sequence, "deadline", new GenerationEvent.Failed(FailureKind.DEADLINE, message));
    }

    /** The sequence ends because its constraint takes too many operations; {@code message} says which. */
    void constraintExceeded(Sequence sequence, String message) {
        end(sequence, "constraint", new GenerationEvent.Failed(FailureKind.CONSTRAINT, message));
    }

    private void end(Sequence sequence, String reason, GenerationEvent event) {
        sequence.end();
        sequence.mailbox().offer(event);
        metrics.finished(
                reason,
                sequence.promptLength(),
                sequence.generated(),
                (clock.getAsLong() - sequence.arrivalNanos()) * NANOS);
    }
}
