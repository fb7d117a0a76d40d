// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * A request in the engine: its prompt, the KV blocks it holds, how far it has come. The scheduler thread owns it; others
 * reach its {@link #mailbox()} alone.
 */
final class Sequence {
    private static final int[] NO_BLOCKS = {};

    private final GenerationRequest request;
    private final int maximumTokens;
    private final SamplingState sampling;
    private final Mailbox mailbox = new Mailbox();
    private final long arrivalNanos = System.nanoTime();
    private final List<TokenLogprobs> promptScores;

    private int[] blocks = NO_BLOCKS;
    private int computed;
    private int generated;
    private int lastToken;
    private long lastTokenNanos;
    private boolean ended;

    /**
     * A request that has arrived just now.
     *
     * @param contextLength most tokens of a sequence; the request's {@code maximumTokens} is clipped to what the prompt
     *     leaves of it
     */
    Sequence(GenerationRequest request, int contextLength) {
        this.request = request;
        this.maximumTokens = Math.min(request.maximumTokens(), contextLength - request.promptTokens().length);
        this.sampling = new SamplingState(request);
        this.promptScores = request.promptLogprobs() ? new ArrayList<>(promptLength() - 1) : List.of();
    }

    GenerationRequest request() {
        return request;
    }

    Mailbox mailbox() {
        return mailbox;
    }

    SamplingState sampling() {
        return sampling;
    }

    int promptLength() {
        return request.promptTokens().length;
    }

    /** Most tokens to generate, clipped to the context. */
    int maximumTokens() {
        return maximumTokens;
    }

    long arrivalNanos() {
        return arrivalNanos;
    }

    /** KV blocks for every token that can ever be computed; the last generated one never is. */
    int blocksNeeded() {
        return KvBlockAllocator.blocksFor(promptLength() + Math.max(maximumTokens - 1, 0));
    }

    /** KV blocks in the order of the positions in them. */
    int[] blocks() {
        return blocks;
    }

    void hold(int[] newBlocks) {
        blocks = newBlocks;
    }

    /** Gives the blocks up; the caller returns them to the allocator. */
    int[] letGo() {
        int[] held = blocks;
        blocks = NO_BLOCKS;
        return held;
    }

    /** Tokens whose keys and values are in the cache: the position of the next row. */
    int computed() {
        return computed;
    }

    /** Rows that could be computed now: the rest of the prompt, or the last generated token. */
    int pending() {
        return promptLength() + generated - computed;
    }

    boolean isDecoding() {
        return generated > 0;
    }

    /** The token at a position that is pending. */
    int tokenAt(int position) {
        return position < promptLength() ? request.promptTokens()[position] : lastToken;
    }

    void advance(int rows) {
        computed += rows;
    }

    void addPromptScore(TokenLogprobs score) {
        promptScores.add(score);
    }

    List<TokenLogprobs> promptScores() {
        return List.copyOf(promptScores);
    }

    int generated() {
        return generated;
    }

    /** When the last token was generated; meaningless before the first. */
    long lastTokenNanos() {
        return lastTokenNanos;
    }

    void generate(int token, long nanos) {
        lastToken = token;
        lastTokenNanos = nanos;
        generated++;
    }

    boolean hasEnded() {
        return ended;
    }

    void end() {
        ended = true;
    }
}
