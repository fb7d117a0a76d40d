// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationEvent.PromptScored;
import dev.dendra.kernels.Kernels;
import dev.dendra.metrics.EngineMetrics;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Continuous batching (Yu et al. 2022, section 4; chunked prefill: Agrawal et al. 2024): sequences join and leave at
 * every step, and one step computes a token of every sequence that decodes together with pieces of prompts.
 *
 * <p>A request is admitted when a place among the running is free and all KV blocks that it can ever need are too. The
 * head of the queue waits for both, and nobody overtakes it: a large request waits no longer than those before it run.
 *
 * <p>What goes wrong stays with those it concerns: logits or sampling fail for one sequence or one batch of rows, a
 * forward pass for the sequences of the step. Errors such as running out of memory are no exception to that.
 *
 * <p>All state belongs to the thread that calls {@link #runStep()}. A step allocates the events it emits and nothing
 * else.
 */
final class Scheduler {
    /** What a client is told when the cause is none of its business. */
    private static final String INTERNAL_ERROR = "internal error";

    private final LanguageModel model;
    private final EngineMetrics metrics;
    private final Reporter reporter;
    private final WaitingQueue waiting;
    private final KvBlockAllocator blocks;
    private final int maximumSequences;
    private final List<Sequence> running;
    private final Step step;
    private final Sampler sampler;
    private final TokenScorer scorer;
    private volatile int runningCount;

    Scheduler(
            LanguageModel model,
            Kernels kernels,
            EngineOptions options,
            EngineMetrics metrics,
            WaitingQueue waiting,
            Arena arena) {
        this.model = model;
        this.metrics = metrics;
        this.reporter = new Reporter(metrics);
        this.waiting = waiting;
        this.blocks = new KvBlockAllocator(model.kvBlocks());
        this.maximumSequences = options.maximumSequences();
        this.running = new ArrayList<>(maximumSequences);
        this.step = new Step(arena, options.stepTokens(), maximumSequences, model.kvBlocks());
        this.sampler = new Sampler(kernels, arena, model.vocabularySize());
        this.scorer = new TokenScorer(kernels, model.vocabularySize());
    }

    /** Drops what was cancelled, admits what fits and computes one step; false if there was nothing to compute. */
    boolean runStep() {
        dropCancelled();
        admit();
        if (running.isEmpty()) {
            return false;
        }
        long start = System.nanoTime();
        step.form(running);
        if (forward()) {
            readLogits();
        }
        retireEnded();
        metrics.step(step.promptTokens(), step.decodedSequences(), (System.nanoTime() - start) * 1e-9);
        return true;
    }

    /** Ends every sequence in progress with {@code message}. */
    void failRunning(String message) {
        for (int i = 0; i < running.size(); i++) {
            if (!running.get(i).hasEnded()) {
                reporter.failed(running.get(i), message, null);
            }
        }
        retireEnded();
    }

    /** Ends every request that waits with {@code message}. */
    void failWaiting(String message) {
        waiting.update(this::endCancelled);
        for (Sequence head = waiting.head(); head != null; head = waiting.head()) {
            waiting.removeHead();
            waiting.giveUp(1);
            reporter.failed(head, message, null);
        }
    }

    /** Sequences in progress. Any thread. */
    int running() {
        return runningCount;
    }

    /** KV blocks in use. Any thread. */
    int usedBlocks() {
        return blocks.used();
    }

    private void dropCancelled() {
        waiting.update(this::endCancelled);
        for (int i = 0; i < running.size(); i++) {
            if (running.get(i).mailbox().isCancelled()) {
                endCancelled(running.get(i));
            }
        }
        retireEnded();
    }

    private void endCancelled(Sequence sequence) {
        reporter.finished(sequence, FinishReason.CANCELLED);
    }

    private void admit() {
        Sequence head = waiting.head();
        while (head != null && running.size() < maximumSequences && blocks.canAllocate(head.blocksNeeded())) {
            head.hold(blocks.allocate(head.blocksNeeded()));
            waiting.removeHead();
            running.add(head);
            // Counted as running before it stops counting as waiting: at no time does it seem to be gone.
            runningCount = running.size();
            waiting.giveUp(1);
            reporter.admitted(head);
            head = waiting.head();
        }
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
            step.sequence(i).advance(step.rowsOf(i));
        }
        return true;
    }

    private void readLogits() {
        int count = step.logitCount();
        for (int from = 0; from < count; from += model.maximumLogitRows()) {
            int to = Math.min(from + model.maximumLogitRows(), count);
            FloatMatrix logits;
            try {
                logits = model.logits(step.logitRows(), from, to);
            } catch (Throwable e) {
                failOwners(from, to, e);
                continue;
            }
            for (int i = from; i < to; i++) {
                readRow(i, logits, i - from);
            }
        }
    }

    private void failOwners(int from, int to, Throwable cause) {
        for (int i = from; i < to; i++) {
            if (!step.logitOwner(i).hasEnded()) {
                reporter.failed(step.logitOwner(i), INTERNAL_ERROR, cause);
            }
        }
    }

    private void readRow(int index, FloatMatrix logits, int row) {
        Sequence sequence = step.logitOwner(index);
        if (sequence.hasEnded()) {
            return;
        }
        try {
            int position = step.logitPosition(index);
            if (position < sequence.promptLength() - 1) {
                scorePromptToken(sequence, position + 1, logits, row);
            } else {
                if (position == sequence.promptLength() - 1) {
                    finishPrompt(sequence);
                }
                if (!sequence.hasEnded()) {
                    generate(sequence, logits, row);
                }
            }
        } catch (Throwable e) {
            if (!sequence.hasEnded()) {
                reporter.failed(sequence, INTERNAL_ERROR, e);
            }
        }
    }

    private void scorePromptToken(Sequence sequence, int position, FloatMatrix logits, int row) {
        int token = sequence.request().promptTokens()[position];
        sequence.addPromptScore(
                scorer.score(logits, row, token, sequence.request().logprobs()));
    }

    private void finishPrompt(Sequence sequence) {
        if (sequence.request().promptLogprobs()) {
            sequence.mailbox().offer(new PromptScored(sequence.promptScores()));
        }
        if (sequence.maximumTokens() == 0) {
            reporter.finished(sequence, FinishReason.LENGTH);
        }
    }

    private void generate(Sequence sequence, FloatMatrix logits, int row) {
        int token = sampler.sample(logits, row, sequence.sampling());
        if (token == Sampler.NO_TOKEN && sequence.sampling().mustEnd()) {
            // A constraint that only the empty text keeps to.
            reporter.finished(sequence, FinishReason.STOP);
            return;
        }
        if (token == Sampler.NO_TOKEN) {
            reporter.failed(sequence, "the model's logits for the next token are all NaN or -Infinity", null);
            return;
        }
        int alternatives = sequence.request().logprobs();
        reporter.generated(sequence, token, alternatives < 0 ? null : scorer.score(logits, row, token, alternatives));
        if (sequence.sampling().isStopToken(token) || sequence.sampling().mustEnd()) {
            reporter.finished(sequence, FinishReason.STOP);
        } else if (sequence.generated() == sequence.maximumTokens()) {
            reporter.finished(sequence, FinishReason.LENGTH);
        }
    }

    private void retireEnded() {
        int kept = 0;
        for (int i = 0; i < running.size(); i++) {
            Sequence sequence = running.get(i);
            if (sequence.hasEnded()) {
                blocks.release(sequence.letGo());
            } else {
                running.set(kept++, sequence);
            }
        }
        while (running.size() > kept) {
            running.removeLast();
        }
        runningCount = kept;
    }
}
