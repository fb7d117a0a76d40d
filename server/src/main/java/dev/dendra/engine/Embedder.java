// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.engine.EngineException.Reason;
import dev.dendra.engine.GenerationEvent.Failed;
import dev.dendra.engine.GenerationEvent.FailureKind;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationEvent.Finished;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Turns texts into vectors by means of an engine. Each text is a sequence among others, of which the hidden states are
 * wanted in place of logits. A request may have more texts than the queue has places, so only some are in the engine at a
 * time.
 */
final class Embedder implements EmbeddingService {
    /** Texts of a request that are in the engine at the same time. */
    static final int AT_ONCE = 32;

    private static final Duration WATCH_INTERVAL = Duration.ofMillis(250);

    private final Engine engine;
    private final int dimensions;

    Embedder(Engine engine, int dimensions) {
        this.engine = engine;
        this.dimensions = dimensions;
    }

    @Override
    public List<Embedding> embed(List<int[]> prompts, Pooling pooling, RequestTerms terms, Runnable watch)
            throws EngineException, EmbeddingException, InterruptedException {
        long start = System.nanoTime();
        for (int[] prompt : prompts) {
            engine.requireAcceptable(request(prompt, terms));
        }
        List<Embedding> embeddings = new ArrayList<>(prompts.size());
        Deque<Sequence> running = new ArrayDeque<>();
        try {
            int next = 0;
            while (embeddings.size() < prompts.size()) {
                while (next < prompts.size() && running.size() < AT_ONCE) {
                    Sequence sequence = sequence(request(prompts.get(next), remaining(terms, start)), pooling);
                    if (!enters(sequence, !running.isEmpty())) {
                        break;
                    }
                    running.add(sequence);
                    next++;
                }
                embeddings.add(await(running.getFirst(), watch));
                running.removeFirst();
            }
            return embeddings;
        } finally {
            running.forEach(sequence -> sequence.mailbox().cancel());
        }
    }

    @Override
    public int dimensions() {
        return dimensions;
    }

    /** A text that arrives now. */
    Sequence sequence(GenerationRequest request, Pooling pooling) {
        return engine.sequence(request, new PooledState(pooling, dimensions));
    }

    /** A request without any answer. */
    static GenerationRequest request(int[] prompt, RequestTerms terms) {
        return new GenerationRequest(
                "embedding", prompt, 0, 0, SamplingParameters.greedy(), Set.of(), -1, false, null, terms);
    }

    /** Hands a text to the engine; false if there is no place for it now, and {@code patient}. */
    private boolean enters(Sequence sequence, boolean patient) throws EngineException {
        try {
            engine.enqueue(List.of(sequence));
            return true;
        } catch (EngineException refusal) {
            if (patient && refusal.reason() == Reason.QUEUE_FULL) {
                return false;
            }
            throw refusal;
        }
    }

    private static Embedding await(Sequence sequence, Runnable watch) throws EmbeddingException, InterruptedException {
        while (true) {
            GenerationEvent event = sequence.mailbox().poll(WATCH_INTERVAL);
            watch.run();
            if (event instanceof Finished finished) {
                if (finished.reason() == FinishReason.CANCELLED || sequence.pooled() == null) {
                    throw new EmbeddingException(FailureKind.ERROR, "the text was given up");
                }
                return new Embedding(sequence.pooled().vector(), finished.promptTokens());
            }
            if (event instanceof Failed(FailureKind kind, String message)) {
                throw new EmbeddingException(kind, message);
            }
        }
    }

    /** What is left of the deadline, which is that of all texts together. */
    private static RequestTerms remaining(RequestTerms terms, long startNanos) {
        Optional<Duration> left = terms.deadline().map(deadline -> deadline.minusNanos(System.nanoTime() - startNanos));
        return new RequestTerms(terms.tenant(), terms.cacheSalt(), terms.priority(), left, terms.speculation());
    }
}
