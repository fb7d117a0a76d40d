// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.KvLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request in the engine: its tokens, the KV blocks it holds, how far it has come. The scheduler thread owns it; others
 * reach its {@link #mailbox()} alone.
 */
final class Sequence {
    /** How much longer a request waits, at the most, for one that has come later and whose priority is one lower. */
    private static final long PRIORITY_NANOS = Duration.ofMinutes(1).toNanos();

    /** Beyond this, priorities count as equal. */
    private static final int PRIORITY_LIMIT = 1_000_000;

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private final GenerationRequest request;
    private final int maximumTokens;
    private final SamplingState sampling;
    private final Mailbox mailbox = new Mailbox();
    private final long arrivalNanos;
    private final long longestNanos;
    private final PrefixDigests digests;
    private final PromptGroup group;
    private final BlockTable blocks = new BlockTable();
    private final @Nullable Draft draft;
    private final @Nullable PooledState pooled;

    private @Nullable Tenant tenant;
    private long number;
    private List<TokenLogprobs> promptScores = new ArrayList<>();
    private int[] generatedTokens = {};
    private int generated;
    private int computed;
    private int accepted;
    private int listed;
    private int cachedTokens = -1;
    private long lastTokenNanos;
    private boolean following;
    private boolean takenUp;
    private boolean preempted;
    private boolean ended;

    /**
     * A request that arrives at {@code nowNanos}.
     *
     * @param contextLength most tokens of a sequence; the request's {@code maximumTokens} is clipped to what the prompt
     *     leaves of it
     * @param digests of the prompt
     * @param group those that arrive with it and have the same prompt
     */
    Sequence(GenerationRequest request, int contextLength, long nowNanos, PrefixDigests digests, PromptGroup group) {
        this(request, contextLength, nowNanos, digests, group, null);
    }

    /** The same, of which {@code pooled} takes the hidden states and nobody the logits; or null for the opposite. */
    Sequence(
            GenerationRequest request,
            int contextLength,
            long nowNanos,
            PrefixDigests digests,
            PromptGroup group,
            @Nullable PooledState pooled) {
        this.request = request;
        this.maximumTokens = Math.min(request.maximumTokens(), contextLength - request.promptTokens().length);
        this.sampling = new SamplingState(request);
        this.arrivalNanos = nowNanos;
        this.longestNanos = nanos(request.terms().deadline().orElse(FOREVER));
        this.digests = digests;
        this.group = group;
        this.draft = request.terms().speculation() && maximumTokens > 1
                ? new Draft(request.promptTokens(), maximumTokens)
                : null;
        this.pooled = pooled;
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

    /** What it is guessed to go on with; null if nobody guesses. */
    @Nullable
    Draft draft() {
        return draft;
    }

    /** What takes its hidden states; null if it generates. */
    @Nullable
    PooledState pooled() {
        return pooled;
    }

    PrefixDigests digests() {
        return digests;
    }

    PromptGroup group() {
        return group;
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

    boolean isPastDeadline(long nowNanos) {
        return nowNanos - arrivalNanos > longestNanos;
    }

    private static long nanos(Duration duration) {
        return duration.compareTo(FOREVER) < 0 ? duration.toNanos() : Long.MAX_VALUE;
    }

    /** Enters the queue of its tenant as number {@code arrival} of all requests. */
    void arrive(Tenant of, long arrival) {
        tenant = of;
        number = arrival;
    }

    Tenant tenant() {
        if (tenant == null) {
            throw new IllegalStateException("request " + request.id() + " has not arrived");
        }
        return tenant;
    }

    /** Place in the order of arrival over all tenants. */
    long number() {
        return number;
    }

    /** Whether this of two sequences of a tenant is served first: by priority, then arrival; waiting makes up for both. */
    boolean comesBefore(Sequence other) {
        long difference = turnNanos() - other.turnNanos();
        return difference != 0 ? difference < 0 : number < other.number;
    }

    private long turnNanos() {
        return arrivalNanos + Math.clamp(request.terms().priority(), -PRIORITY_LIMIT, PRIORITY_LIMIT) * PRIORITY_NANOS;
    }

    BlockTable blocks() {
        return blocks;
    }

    /** Tokens of prompt and answer so far. */
    int length() {
        return promptLength() + generated;
    }

    /** Tokens whose keys and values are in the cache: the position of the next row. */
    int computed() {
        return computed;
    }

    /** Rows that could be computed now: what is left of the prompt, or the last generated token. */
    int pending() {
        return length() - computed;
    }

    /** Whether the next row is the last generated token. */
    boolean isDecoding() {
        return generated > 0 && pending() == 1;
    }

    /** The token at a position before {@link #length()}, or a guessed one behind that. */
    int tokenAt(int position) {
        if (draft != null && position >= length()) {
            return draft.token(position - length());
        }
        return position < promptLength()
                ? request.promptTokens()[position]
                : generatedTokens[position - promptLength()];
    }

    /** Whether something is read from the logits after {@code position}: a token's score, or the next token. */
    boolean needsLogits(int position) {
        if (pooled != null) {
            return false;
        }
        boolean scores = request.promptLogprobs() && position >= promptScores.size();
        return position >= length() - 1 || (scores && position < promptLength() - 1);
    }

    /** Leading tokens that need not be computed if their keys and values are there already. */
    int reusableTokens() {
        if (pooled != null) {
            // The cache has keys and values, not hidden states.
            return 0;
        }
        boolean scores = request.promptLogprobs() && promptScores.size() < promptLength() - 1;
        return scores ? promptScores.size() : length() - 1;
    }

    /** Begins to be computed, with the keys and values of the first {@code reused} tokens in its blocks. */
    void begin(int reused) {
        computed = reused;
        listed = reused / KvLayout.BLOCK_TOKENS;
        if (pooled != null) {
            pooled.clear();
        }
        if (cachedTokens < 0) {
            setCachedTokens(Math.min(reused, promptLength()));
        }
    }

    private void setCachedTokens(int count) {
        cachedTokens = count;
        mailbox.foundCached(count);
    }

    /** Whether {@link #begin} has been called before. */
    boolean hasBegun() {
        return cachedTokens >= 0;
    }

    /** Tokens of the prompt that were in the cache when this was taken up. */
    int cachedTokens() {
        return Math.max(cachedTokens, 0);
    }

    void advance(int rows) {
        computed += rows;
    }

    /** The row of a guessed token was computed for the right token. */
    void acceptGuess() {
        computed++;
        accepted++;
    }

    /** Guesses accepted since the last call. */
    int takeAccepted() {
        int count = accepted;
        accepted = 0;
        return count;
    }

    /** Full, computed blocks that others can find. */
    int listed() {
        return listed;
    }

    void setListed(int count) {
        listed = count;
    }

    /** Waits for the leader of its group to compute the prompt. */
    void follow() {
        following = true;
    }

    boolean isFollowing() {
        return following;
    }

    /** Goes on from the end of the prompt that {@code leader} has computed, in the same blocks. */
    void fork(Sequence leader, BlockPool pool) {
        following = false;
        blocks.share(leader.blocks, pool);
        begin(promptLength());
        setCachedTokens(leader.cachedTokens);
        promptScores = leader.promptScores;
    }

    /** Gives its blocks up, to be computed again later; what it has generated stays. */
    void preempt(BlockPool pool) {
        preempted = true;
        following = false;
        computed = 0;
        if (draft != null) {
            draft.limit(0);
        }
        blocks.releaseAll(pool);
    }

    boolean wasPreempted() {
        return preempted;
    }

    /** Is in progress from now on; whether that is the first time. */
    boolean takeUp() {
        boolean first = !takenUp;
        takenUp = true;
        preempted = false;
        return first;
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
        if (generated == generatedTokens.length) {
            generatedTokens = Arrays.copyOf(generatedTokens, Math.max(16, 2 * generated));
        }
        generatedTokens[generated++] = token;
        if (draft != null) {
            draft.generated(token);
        }
        lastTokenNanos = nanos;
    }

    boolean hasEnded() {
        return ended;
    }

    void end() {
        ended = true;
    }
}
