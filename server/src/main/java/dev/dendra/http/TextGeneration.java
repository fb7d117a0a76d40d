// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.chat.AnswerPiece;
import dev.dendra.chat.AnswerSplitter;
import dev.dendra.chat.ToolCallDelta;
import dev.dendra.energy.RequestEnergy;
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
 * One running choice: turns the engine's tokens into text, and the text into what it says. Text is held back while it may
 * be a part of a character, the start of a stop string, or that of a call of a tool; the generation is cancelled when a
 * stop string or the only call that may be made is complete. For one thread.
 */
final class TextGeneration {
    private static final String STOP = "stop";
    static final String LENGTH = "length";
    private static final String TOOL_CALLS = "tool_calls";

    private final GenerationSpecification specification;
    private final Generation generation;
    private final Tokenizer tokenizer;
    private final IncrementalDetokenizer detokenizer;
    private final StopStrings.Matcher stopStrings;

    private final AnswerSplitter splitter;

    private final StringBuilder pendingText = new StringBuilder();
    private final StringBuilder pendingReasoning = new StringBuilder();
    private List<ToolCallDelta> pendingCalls = new ArrayList<>();
    private List<ScoredToken> pendingScores = new ArrayList<>();
    private int textOffset;
    private int generatedTokens;
    private int reasoningTokens;
    private double logprobSum;
    private @Nullable String finishReason;

    /** What {@code generation} says of {@code specification}. */
    TextGeneration(GenerationSpecification specification, Generation generation, Tokenizer tokenizer) {
        this.specification = specification;
        this.generation = generation;
        this.tokenizer = tokenizer;
        this.detokenizer = specification.continuation().detokenizer(tokenizer);
        this.stopStrings = StopStrings.of(specification.stop()).matcher();
        this.splitter = specification.prompt().answer().splitter();
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
            case GenerationEvent.Failed(GenerationEvent.FailureKind kind, String message) -> {
                finishReason = STOP;
                throw failure(kind, message);
            }
        }
        return takePending();
    }

    private ApiException failure(GenerationEvent.FailureKind kind, String message) {
        return switch (kind) {
            case DEADLINE -> ApiException.deadlineExceeded(message);
            case CONSTRAINT -> {
                AnswerConstraint constraint = specification.constraint();
                yield ApiException.tooAmbiguous(constraint == null ? null : constraint.param(), message);
            }
            case ERROR -> ApiException.internal(message);
        };
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

    /** What its energy is; null if nobody measures. */
    @Nullable
    RequestEnergy energy() {
        return generation.energy();
    }

    /** Tokens of the prompt whose keys and values were there already. */
    int cachedTokens() {
        return generation.cachedTokens();
    }

    /** Tokens generated so far that thought before answering, the marks of the reasoning included. */
    int reasoningTokens() {
        return reasoningTokens;
    }

    /** What the choice goes on from. */
    Prompt prompt() {
        return specification.prompt();
    }

    /** Mean log-probability of the generated tokens; minus infinity if there are none or they were not scored. */
    double meanLogprob() {
        return specification.logprobs() == GenerationSpecification.NO_LOGPROBS || generatedTokens == 0
                ? Double.NEGATIVE_INFINITY
                : logprobSum / generatedTokens;
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
            logprobSum += logprobs.logprob();
        }
        boolean reasoned = splitter.isReasoning();
        if (!specification.stopTokens().contains(token)) {
            emitUnlessStopped(text(token));
        }
        if (reasoned || splitter.isReasoning()) {
            reasoningTokens++;
        }
        if (isStopped() || splitter.isComplete()) {
            take(splitter.finish());
            finishReason = splitter.hasCalled() ? TOOL_CALLS : STOP;
            generation.cancel();
        }
    }

    /** Marks of calls and reasoning may be control tokens, which have no text of their own. */
    private String text(int token) {
        String text = detokenizer.append(token);
        return specification.prompt().answer().markers().contains(token) ? text + tokenizer.spelling(token) : text;
    }

    private void finish(GenerationEvent.FinishReason reason) {
        emitUnlessStopped(detokenizer.finish());
        take(splitter.append(stopStrings.finish()));
        take(splitter.finish());
        if (reason == GenerationEvent.FinishReason.LENGTH && !isStopped()) {
            finishReason = LENGTH;
        } else {
            finishReason = splitter.hasCalled() ? TOOL_CALLS : STOP;
        }
        if (reason == GenerationEvent.FinishReason.CANCELLED) {
            throw ApiException.unavailable("The server ended the generation.");
        }
    }

    private boolean isStopped() {
        return stopStrings.stop() != null;
    }

    private void emitUnlessStopped(String text) {
        textOffset += codePoints(text);
        // Before the least length is reached nothing is looked at, so a stop string does not begin there either.
        take(splitter.append(generatedTokens <= specification.minimumTokens() ? text : stopStrings.append(text)));
    }

    private void take(AnswerPiece piece) {
        pendingText.append(piece.content());
        pendingReasoning.append(piece.reasoning());
        pendingCalls.addAll(piece.calls());
    }

    private @Nullable TextDelta takePending() {
        boolean isEmpty = pendingText.isEmpty() && pendingReasoning.isEmpty() && pendingCalls.isEmpty();
        if (finishReason == null && isEmpty) {
            return null;
        }
        TextDelta delta = new TextDelta(
                pendingText.toString(), pendingReasoning.toString(), pendingCalls, pendingScores, finishReason);
        pendingText.setLength(0);
        pendingReasoning.setLength(0);
        pendingCalls = new ArrayList<>();
        pendingScores = new ArrayList<>();
        return delta;
    }

    private static int codePoints(String text) {
        return text.codePointCount(0, text.length());
    }
}
