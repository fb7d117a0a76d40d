// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import java.util.function.DoubleSupplier;

/** What the engine reports about itself. Called from the scheduler thread: implementations are cheap and never wait. */
public interface EngineMetrics {

    /** Registers the gauges: sequences running, requests waiting, share of KV blocks in use (0 to 1). */
    void gauges(DoubleSupplier running, DoubleSupplier waiting, DoubleSupplier kvCacheUsage);

    /** A step was computed: prompt tokens and decoded sequences in it, and its wall time. */
    void step(int promptTokens, int decodedSequences, double seconds);

    /**
     * A step read the weights of all Transformer blocks once, those of the output head {@code headPasses} times, and keys
     * and values of {@code kvTokens} tokens.
     */
    void read(int headPasses, long kvTokens);

    /** A request was taken up after {@code seconds} in the queue. */
    void queued(double seconds);

    /** A request's first token came {@code seconds} after its arrival. */
    void firstToken(double seconds);

    /** A further token came {@code seconds} after the one before. */
    void interToken(double seconds);

    /** A prompt of {@code queriedTokens} was taken up, {@code hitTokens} of which were in the prefix cache. */
    void prefixCache(int queriedTokens, int hitTokens);

    /** A sequence gave up its KV blocks in favour of others, to be computed again. */
    void preempted();

    /** Of {@code guessed} tokens that were computed ahead of time, {@code accepted} were right. */
    void speculated(int guessed, int accepted);

    /** So many blocks of the prefix cache were given to others. */
    void evicted(int blocks);

    /**
     * A request ended: {@code reason} is {@code stop}, {@code length}, {@code cancelled}, {@code deadline} or
     * {@code error}.
     */
    void finished(String reason, int promptTokens, int generatedTokens, double seconds);

    /** Reports nothing. */
    static EngineMetrics none() {
        return new EngineMetrics() {
            @Override
            public void gauges(DoubleSupplier running, DoubleSupplier waiting, DoubleSupplier kvCacheUsage) {}

            @Override
            public void step(int promptTokens, int decodedSequences, double seconds) {}

            @Override
            public void read(int headPasses, long kvTokens) {}

            @Override
            public void queued(double seconds) {}

            @Override
            public void firstToken(double seconds) {}

            @Override
            public void interToken(double seconds) {}

            @Override
            public void prefixCache(int queriedTokens, int hitTokens) {}

            @Override
            public void preempted() {}

            @Override
            public void speculated(int guessed, int accepted) {}

            @Override
            public void evicted(int blocks) {}

            @Override
            public void finished(String reason, int promptTokens, int generatedTokens, double seconds) {}
        };
    }
}
