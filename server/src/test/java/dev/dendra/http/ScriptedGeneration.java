// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.energy.RequestEnergy;
import dev.dendra.engine.Generation;
import dev.dendra.engine.GenerationEvent;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationRequest;
import dev.dendra.engine.TokenLogprobs;
import dev.dendra.tokenizer.ByteTokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A generation whose events come from a test. */
final class ScriptedGeneration implements Generation {
    private final GenerationRequest request;
    private final BlockingQueue<GenerationEvent> events = new LinkedBlockingQueue<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private volatile int cachedTokens;

    ScriptedGeneration(GenerationRequest request) {
        this.request = request;
    }

    GenerationRequest request() {
        return request;
    }

    /** Generates a token for each byte of {@code text}. */
    ScriptedGeneration say(String text) {
        for (int token : ByteTokenizer.tokens(text)) {
            token(token);
        }
        return this;
    }

    /** Generates a token; its log-probability is minus its id. */
    ScriptedGeneration token(int token) {
        events.add(new GenerationEvent.TokenGenerated(token, request.logprobs() < 0 ? null : logprobs(token)));
        return this;
    }

    /** So many tokens of the prompt were in the cache. */
    ScriptedGeneration cached(int tokens) {
        cachedTokens = tokens;
        return this;
    }

    /** Scores the prompt if that was asked for. */
    ScriptedGeneration scorePrompt() {
        if (request.promptLogprobs()) {
            List<TokenLogprobs> entries = new ArrayList<>();
            for (int i = 1; i < request.promptTokens().length; i++) {
                entries.add(logprobs(request.promptTokens()[i]));
            }
            events.add(new GenerationEvent.PromptScored(entries));
        }
        return this;
    }

    void finish(FinishReason reason) {
        events.add(new GenerationEvent.Finished(reason, request.promptTokens().length, 0, 0));
    }

    void expire(String message) {
        events.add(new GenerationEvent.Failed(GenerationEvent.FailureKind.DEADLINE, message));
    }

    void exceed(String message) {
        events.add(new GenerationEvent.Failed(GenerationEvent.FailureKind.CONSTRAINT, message));
    }

    void fail(String message) {
        events.add(new GenerationEvent.Failed(GenerationEvent.FailureKind.ERROR, message));
    }

    boolean awaitCancelled(Duration patience) throws InterruptedException {
        return cancelled.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    boolean isCancelled() {
        return cancelled.getCount() == 0;
    }

    @Override
    public @Nullable GenerationEvent poll(Duration timeout) throws InterruptedException {
        return events.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public Optional<Duration> queued() {
        return Optional.of(Duration.ZERO);
    }

    @Override
    public int cachedTokens() {
        return cachedTokens;
    }

    @Override
    public @Nullable RequestEnergy energy() {
        return null;
    }

    @Override
    public void cancel() {
        cancelled.countDown();
    }

    /** The most likely tokens are 'A', 'B' and so on. */
    private TokenLogprobs logprobs(int token) {
        List<TokenLogprobs.Candidate> top = new ArrayList<>();
        for (int i = 0; i < request.logprobs(); i++) {
            top.add(new TokenLogprobs.Candidate('A' + i, -0.5f - i));
        }
        return new TokenLogprobs(token, -token, top);
    }
}
