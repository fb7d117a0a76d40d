// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.energy.RequestEnergy;
import dev.dendra.energy.StepLog;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.metrics.EngineMetrics;
import dev.dendra.model.LanguageModel;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Continuous batching (Yu et al. 2022, section 4; chunked prefill: Agrawal et al. 2024): sequences join and leave at
 * every step, and one step computes a token of every sequence that decodes together with pieces of prompts.
 *
 * <p>Each step: those that nobody wants any more leave, those that run get blocks for their next rows
 * ({@link BlockGrowth}), others are taken up ({@link Admission}), and what is then in progress is computed, guesses
 * ({@link Speculation}) included
 * ({@link Step}, {@link TokenWriter}, {@link StatePooler}). Neither order nor company changes what a sequence is answered.
 *
 * <p>What goes wrong stays with those it concerns: logits or sampling fail for one sequence or one batch of rows, a
 * forward pass for the sequences of the step. Errors such as running out of memory are no exception to that.
 *
 * <p>All state belongs to the thread that calls {@link #runStep()}. A step allocates the events it emits, and the room
 * for a sequence's further tokens, blocks and digests when that doubles; nothing else.
 */
final class Scheduler {
    /** What a client is told when the cause is none of its business. */
    static final String INTERNAL_ERROR = "internal error";

    private final LanguageModel model;
    private final EngineMetrics metrics;
    private final StepLog stepLog;
    private final LongSupplier clock;
    private final Reporter reporter;
    private final WaitingQueue waiting;
    private final BlockPool blocks;
    private final RunningSequences running;
    private final BlockGrowth growth;
    private final Admission admission;
    private final StepCosts costs;
    private final StepTimeFit times;
    private final TypicalGap gap;
    private final PromptBudget budget;
    private final Speculation speculation;
    private final Step step;
    private final TokenWriter writer;
    private final StatePooler pooler;
    private final PrefixLister prefixes;
    private final Predicate<Sequence> endsUnwanted = this::endsUnwanted;
    private long nowNanos;

    /**
     * With nothing in progress.
     *
     * @param contextLength most tokens of a sequence
     * @param stepLog where steps are noted for those who measure energy
     * @param clock in nanoseconds, by which sequences arrive
     */
    Scheduler(
            LanguageModel model,
            Kernels kernels,
            ComputePool pool,
            EngineOptions options,
            int contextLength,
            EngineMetrics metrics,
            StepLog stepLog,
            WaitingQueue waiting,
            Arena arena,
            LongSupplier clock) {
        this.model = model;
        this.metrics = metrics;
        this.stepLog = stepLog;
        this.clock = clock;
        this.reporter = new Reporter(metrics, clock);
        this.waiting = waiting;
        this.blocks = new BlockPool(model.kvBlocks());
        this.running = new RunningSequences(options.maximumSequences(), waiting, blocks);
        this.growth = new BlockGrowth(running, blocks, model, reporter);
        this.admission = new Admission(waiting, running, blocks, model, reporter);
        this.costs = new StepCosts(options.stepTokens());
        this.times = new StepTimeFit();
        this.gap = new TypicalGap();
        this.budget = new PromptBudget(options, times, gap);
        this.speculation = new Speculation(options.stepTokens(), costs, blocks);
        this.step =
                new Step(arena, options.stepTokens(), options.maximumSequences(), BlockPool.blocksFor(contextLength));
        this.writer = new TokenWriter(model, kernels, pool, blocks, reporter, arena);
        this.pooler = new StatePooler(model, reporter, options.stepTokens());
        this.prefixes = new PrefixLister(blocks);
    }

    /** Drops what is unwanted, admits what fits and computes one step; false if there was nothing to compute. */
    boolean runStep() {
        nowNanos = clock.getAsLong();
        blocks.setTime(nowNanos);
        dropUnwanted();
        growth.prepare();
        admission.admit();
        List<Sequence> sequences = running.list();
        if (sequences.isEmpty()) {
            stepLog.end(nowNanos);
            return false;
        }
        long start = clock.getAsLong();
        stepLog.begin(start);
        speculation.guess(sequences);
        step.form(sequences, budget);
        note();
        if (forward()) {
            pooler.pool(step);
            writer.write(step, sequences);
            learn();
            reportReads();
        }
        running.settle();
        long end = clock.getAsLong();
        stepLog.end(end);
        report((end - start) * 1e-9);
        return true;
    }

    /** Before anybody hears of what the step computes, so that its energy can be waited for. */
    private void note() {
        int decoding = step.decodedSequences();
        for (int i = 0; i < step.sequenceCount(); i++) {
            Sequence sequence = step.sequence(i);
            RequestEnergy energy = sequence.mailbox().energy();
            int rows = step.rowsOf(i);
            int kvTokens = sequence.computed() + rows;
            if (i < decoding) {
                stepLog.decode(energy, rows, kvTokens);
            } else {
                stepLog.prompt(energy, rows, kvTokens);
            }
        }
    }

    /** Ends every sequence in progress with {@code message}. */
    void failRunning(String message) {
        List<Sequence> sequences = running.list();
        for (int i = 0; i < sequences.size(); i++) {
            if (!sequences.get(i).hasEnded()) {
                reporter.failed(sequences.get(i), message, null);
            }
        }
        running.settle();
    }

    /** Ends every request that waits with {@code message}. */
    void failWaiting(String message) {
        waiting.update(sequence -> {
            reporter.failed(sequence, message, null);
            return true;
        });
    }

    /** Sequences in progress. Any thread. */
    int running() {
        return running.count();
    }

    /** KV blocks that sequences hold. Any thread. */
    int usedBlocks() {
        return blocks.used();
    }

    BlockPool blocks() {
        return blocks;
    }

    /** Sequences in progress. */
    List<Sequence> sequences() {
        return running.list();
    }

    private void dropUnwanted() {
        waiting.update(endsUnwanted);
        List<Sequence> sequences = running.list();
        boolean ends = false;
        for (int i = 0; i < sequences.size(); i++) {
            ends |= endsUnwanted(sequences.get(i));
        }
        if (ends) {
            running.settle();
        }
    }

    /** Ends a sequence that was cancelled or has passed its deadline; whether it did. */
    private boolean endsUnwanted(Sequence sequence) {
        if (sequence.mailbox().isCancelled()) {
            reporter.finished(sequence, FinishReason.CANCELLED);
            return true;
        }
        if (sequence.isPastDeadline(nowNanos)) {
            reporter.expired(sequence);
            return true;
        }
        return false;
    }

    private boolean forward() {
        try {
            model.forward(step.rows(), step.rowCount());
        } catch (Throwable e) {
            for (int i = 0; i < step.sequenceCount(); i++) {
                reporter.failed(step.sequence(i), INTERNAL_ERROR, e);
            }
            return false;
        }
        for (int i = 0; i < step.sequenceCount(); i++) {
            Sequence sequence = step.sequence(i);
            int rows = step.rowsOf(i) - step.guessesOf(i);
            waiting.order().served(sequence, rows);
            sequence.advance(rows);
            if (sequence.pooled() == null) {
                prefixes.list(sequence);
            }
        }
        return true;
    }

    private void learn() {
        int guesses = step.guesses();
        if (guesses > 0) {
            metrics.speculated(guesses, speculation.learn(step));
        }
    }

    private void reportReads() {
        metrics.read(Math.ceilDiv(step.logitCount(), model.maximumLogitRows()), step.contextTokens());
    }

    private void report(double seconds) {
        int decoded = step.rowCount() - step.promptTokens();
        if (decoded > 0) {
            times.measured(decoded, step.promptTokens(), seconds);
            gap.measured(step.decodedSequences(), seconds);
        }
        if (step.promptTokens() == 0) {
            costs.measured(decoded, seconds);
        }
        metrics.step(step.promptTokens(), step.decodedSequences(), seconds);
        int evicted = blocks.takeEvictions();
        if (evicted > 0) {
            metrics.evicted(evicted);
        }
    }
}
