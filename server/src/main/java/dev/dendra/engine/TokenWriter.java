// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationEvent.PromptScored;
import dev.dendra.kernels.Kernels;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * Turns the logits of a step into scores and tokens. Those whose prompt a sequence has computed for them get their first
 * token from the same row as it does. What fails, fails for one sequence or one batch of rows. Scheduler thread.
 */
final class TokenWriter {
    private final LanguageModel model;
    private final BlockPool blocks;
    private final Reporter reporter;
    private final Sampler sampler;
    private final TokenScorer scorer;

    TokenWriter(LanguageModel model, Kernels kernels, BlockPool blocks, Reporter reporter, Arena arena) {
        this.model = model;
        this.blocks = blocks;
        this.reporter = reporter;
        this.sampler = new Sampler(kernels, arena, model.vocabularySize());
        this.scorer = new TokenScorer(kernels, model.vocabularySize());
    }

    /** Reads the logits of a step that was computed; {@code running} are all sequences in progress. */
    void write(Step step, List<Sequence> running) {
        int count = step.logitCount();
        for (int from = 0; from < count; from += model.maximumLogitRows()) {
            int to = Math.min(from + model.maximumLogitRows(), count);
            FloatMatrix logits;
            try {
                logits = model.logits(step.logitRows(), from, to);
            } catch (Throwable e) {
                failOwners(step, from, to, e);
                continue;
            }
            for (int i = from; i < to; i++) {
                readRow(step.logitOwner(i), step.logitPosition(i), logits, i - from, running);
            }
        }
    }

    private void failOwners(Step step, int from, int to, Throwable cause) {
        for (int i = from; i < to; i++) {
            if (!step.logitOwner(i).hasEnded()) {
                reporter.failed(step.logitOwner(i), Scheduler.INTERNAL_ERROR, cause);
            }
        }
    }

    private void readRow(Sequence sequence, int position, FloatMatrix logits, int row, List<Sequence> running) {
        if (sequence.hasEnded()) {
            return;
        }
        boolean finishesPrompt = position == sequence.promptLength() - 1 && sequence.generated() == 0;
        try {
            if (position < sequence.promptLength() - 1) {
                scorePromptToken(sequence, position + 1, logits, row);
            } else if (finishesPrompt) {
                finishPrompt(sequence, logits, row);
            } else {
                generate(sequence, logits, row);
            }
        } catch (Throwable e) {
            fail(sequence, e);
        }
        if (finishesPrompt) {
            fork(sequence, logits, row, running);
        }
    }

    private void fork(Sequence leader, FloatMatrix logits, int row, List<Sequence> running) {
        leader.group().setLeader(null);
        for (int i = 0; i < running.size(); i++) {
            Sequence follower = running.get(i);
            if (follower.isFollowing() && follower.group() == leader.group() && !follower.hasEnded()) {
                try {
                    follower.fork(leader, blocks);
                    finishPrompt(follower, logits, row);
                } catch (Throwable e) {
                    fail(follower, e);
                }
            }
        }
    }

    private void fail(Sequence sequence, Throwable cause) {
        if (!sequence.hasEnded()) {
            reporter.failed(sequence, Scheduler.INTERNAL_ERROR, cause);
        }
    }

    private void scorePromptToken(Sequence sequence, int position, FloatMatrix logits, int row) {
        int token = sequence.tokenAt(position);
        sequence.addPromptScore(
                scorer.score(logits, row, token, sequence.request().logprobs()));
    }

    private void finishPrompt(Sequence sequence, FloatMatrix logits, int row) {
        if (sequence.request().promptLogprobs()) {
            sequence.mailbox().offer(new PromptScored(sequence.promptScores()));
        }
        if (sequence.maximumTokens() == 0) {
            reporter.finished(sequence, FinishReason.LENGTH);
        } else {
            generate(sequence, logits, row);
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
}
