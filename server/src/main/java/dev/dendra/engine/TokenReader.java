// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationEvent.PromptScored;
import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;

/** Reads one row of logits for one sequence: scores a token, or draws the next one. One thread at a time. */
final class TokenReader {
    private final Reporter reporter;
    private final Sampler sampler;
    private final TokenScorer scorer;

    TokenReader(Kernels kernels, Reporter reporter, Arena arena, int vocabularySize) {
        this.reporter = reporter;
        this.sampler = new Sampler(kernels, arena, vocabularySize);
        this.scorer = new TokenScorer(kernels, vocabularySize);
    }

    void scorePromptToken(Sequence sequence, int position, FloatMatrix logits, int row) {
        int token = sequence.tokenAt(position);
        sequence.addPromptScore(
                scorer.score(logits, row, token, sequence.request().logprobs()));
    }

    void finishPrompt(Sequence sequence, FloatMatrix logits, int row) {
        if (sequence.request().promptLogprobs()) {
            sequence.mailbox().offer(new PromptScored(sequence.promptScores()));
        }
        if (sequence.maximumTokens() == 0) {
            reporter.finished(sequence, FinishReason.LENGTH);
        } else {
            generate(sequence, logits, row);
        }
    }

    void generate(Sequence sequence, FloatMatrix logits, int row) {
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
