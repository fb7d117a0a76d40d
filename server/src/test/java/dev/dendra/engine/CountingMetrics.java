// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.metrics.EngineMetrics;
import java.util.function.DoubleSupplier;

/** Counts what the scheduler does about KV blocks. */
final class CountingMetrics implements EngineMetrics {
    int queriedTokens;
    int hitTokens;
    int preemptions;
    int guessedTokens;
    int acceptedTokens;
    int evictedBlocks;
    int promptTokens;

    DoubleSupplier inTheEngine = () -> 0;

    @Override
    public void gauges(DoubleSupplier running, DoubleSupplier waiting, DoubleSupplier kvCacheUsage) {
        inTheEngine = () -> running.getAsDouble() + waiting.getAsDouble();
    }

    @Override
    public void step(int computedPromptTokens, int decodedSequences, double seconds) {
        promptTokens += computedPromptTokens;
    }

    @Override
    public void read(int headPasses, long kvTokens) {}

    @Override
    public void queued(double seconds) {}

    @Override
    public void firstToken(double seconds) {}

    @Override
    public void interToken(double seconds) {}

    @Override
    public void prefixCache(int queried, int hits) {
        queriedTokens += queried;
        hitTokens += hits;
    }

    @Override
    public void preempted() {
        preemptions++;
    }

    @Override
    public void speculated(int guessed, int accepted) {
        guessedTokens += guessed;
        acceptedTokens += accepted;
    }

    @Override
    public void evicted(int blocks) {
        evictedBlocks += blocks;
    }

    @Override
    public void finished(String reason, int prompt, int generated, double seconds) {}
}
