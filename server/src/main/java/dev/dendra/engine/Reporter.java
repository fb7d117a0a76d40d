// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.metrics.EngineMetrics;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells a sequence's reader and the metrics what becomes of it. Scheduler thread. */
final class Reporter {
    private static final double NANOS = 1e-9;
    private static final System.Logger LOG = System.getLogger(Reporter.class.getName());

    private final EngineMetrics metrics;

    Reporter(EngineMetrics metrics) {
        this.metrics = metrics;
    }

    /** The sequence was admitted. */
    void admitted(Sequence sequence) {
        long nanos = System.nanoTime() - sequence.arrivalNanos();
        sequence.mailbox().admitted(nanos);
        metrics.queued(nanos * NANOS);
    }

    /** A token was drawn; the sequence moves on. */
    void generated(Sequence sequence, int token, @Nullable TokenLogprobs logprobs) {
        long now = System.nanoTime();
        if (sequence.isDecoding()) {
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
                new GenerationEvent.Finished(reason, sequence.promptLength(), sequence.generated()));
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
        end(sequence, "error", new GenerationEvent.Failed(message));
    }

    private void end(Sequence sequence, String reason, GenerationEvent event) {
        sequence.end();
        sequence.mailbox().offer(event);
        metrics.finished(
                reason,
                sequence.promptLength(),
                sequence.generated(),
                (System.nanoTime() - sequence.arrivalNanos()) * NANOS);
    }
}
