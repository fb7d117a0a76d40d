// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.Generation;
import dev.dendra.engine.GenerationEvent;
import dev.dendra.engine.TokenLogprobs;
import dev.dendra.tokenizer.IncrementalDetokenizer;
import dev.dendra.tokenizer.StopStrings;
import dev.dendra.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One running choice: turns the engine's tokens into text. Text is held back while it may be a part of a character or
 * the start of a stop string; the generation is cancelled when a stop string is complete. For one thread.
 */
final class TextGeneration {
    private static final String STOP = "stop";
    private static final String LENGTH = "length";

    private final GenerationSpecification specification;
    private final Generation generation;
    private final Tokenizer tokenizer;
    private final IncrementalDetokenizer detokenizer;
    private final StopStrings.Matcher stopStrings;

    private final StringBuilder pendingText = new StringBuilder();
    private List<ScoredToken> pendingScores = new ArrayList<>();
    private int textOffset;
    private int generatedTokens;
    private @Nullable String finishReason;

    /** What {@code generation} says of {@code specification}. */
    TextGeneration(GenerationSpecification specification, Generation generation, Tokenizer tokenizer) {
        this.specification = specification;
        this.generation = generation;
        this.tokenizer = tokenizer;
        this.detokenizer = specification.continuation().detokenizer(tokenizer);
        this.stopStrings = StopStrings.of(specification.stop()).matcher();
        if (specification.echo()) {
            pendingText.append(specification.prompt().text());
            textOffset = codePoints(specification.prompt().text());
        }
    }

    /**
     * The next piece of text, waiting up to {@code timeout} for a token; null if none came, or if its text is held back.
     *
     * @throws ApiException if the generation failed
     */
    @Nullable
    TextDelta poll(Duration timeout) throws InterruptedException {
        switch (generation.poll(timeout)) {
            case null -> {
                return null;
            }
            case GenerationEvent.PromptScored(List<TokenLogprobs> entries) -> scorePrompt(entries);
            case GenerationEvent.TokenGenerated(int token, @Nullable TokenLogprobs logprobs) -> append(token, logprobs);
            case GenerationEvent.Finished finished -> finish(finished.reason());
            case GenerationEvent.Failed(String message) -> {
                finishReason = STOP;
                throw ApiException.internal(message);
            }
        }
        return takePending();
    }

    /** Whether the last piece has been returned. */
    boolean isFinished() {
        return finishReason != null;
    }

    /** Tokens generated so far, the one that ended the answer included. */
    int generatedTokens() {
        return generatedTokens;
    }

    /** How long the engine let this choice wait before it began with it; empty while it waits. */
    Optional<Duration> queued() {
        return generation.queued();
    }

    /** Frees what the engine holds for this choice. */
    void cancel() {
        generation.cancel();
    }

    private void scorePrompt(List<TokenLogprobs> entries) {
        int[] tokens = specification.prompt().tokens();
        int limit = codePoints(specification.prompt().text());
        IncrementalDetokenizer prompt = IncrementalDetokenizer.ofText(tokenizer);
        int offset = 0;
        for (int i = 0; i < tokens.length; i++) {
            pendingScores.add(new ScoredToken(tokens[i], i == 0 ? null : entries.get(i - 1), Math.min(offset, limit)));
            offset += codePoints(prompt.append(tokens[i]));
        }
    }

    private void append(int token, @Nullable TokenLogprobs logprobs) {
        generatedTokens++;
        if (logprobs != null) {
            pendingScores.add(new ScoredToken(token, logprobs, textOffset));
        }
        if (!specification.stopTokens().contains(token)) {
            emitUnlessStopped(detokenizer.append(token));
        }
        if (isStopped()) {
            finishReason = STOP;
            generation.cancel();
        }
    }

    private void finish(GenerationEvent.FinishReason reason) {
        emitUnlessStopped(detokenizer.finish());
        pendingText.append(stopStrings.finish());
        finishReason = reason == GenerationEvent.FinishReason.LENGTH && !isStopped() ? LENGTH : STOP;
        if (reason == GenerationEvent.FinishReason.CANCELLED) {
            throw ApiException.unavailable("The server ended the generation.");
        }
    }

    private boolean isStopped() {
        return stopStrings.stop() != null;
    }

    private void emitUnlessStopped(String text) {
        textOffset += codePoints(text);
        pendingText.append(stopStrings.append(text));
    }

    private @Nullable TextDelta takePending() {
        if (finishReason == null && pendingText.isEmpty()) {
            return null;
        }
        TextDelta delta = new TextDelta(pendingText.toString(), pendingScores, finishReason);
        pendingText.setLength(0);
        pendingScores = new ArrayList<>();
        return delta;
    }

    private static int codePoints(String text) {
        return text.codePointCount(0, text.length());
    }
}
