// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * What the last steps of the scheduler computed: their rows, and tokens a second over the last two seconds.
 *
 * <p>Adding a step allocates nothing and never waits. Whoever reads meanwhile may see a step in the place of an older
 * one, but no number that was never written.
 */
final class RecentSteps {
    /** Steps that are remembered. */
    static final int STEPS = 64;

    /** Time over which rates are taken. */
    static final Duration WINDOW = Duration.ofSeconds(2);

    private static final long BUCKET_NANOS = Duration.ofMillis(250).toNanos();
    private static final int WINDOW_BUCKETS = (int) (WINDOW.toNanos() / BUCKET_NANOS);

    /** A power of two beyond the window, so that the buckets of the window are not those being overwritten. */
    private static final int BUCKETS = 16;

    /** A bucket holds the low bits of its number above, and a count of tokens below. */
    private static final int COUNT_BITS = 40;

    private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
    private static final long NUMBER_MASK = (1L << (Long.SIZE - COUNT_BITS)) - 1;

    private final LongSupplier nanoClock;
    private final long origin;
    private final AtomicLong added = new AtomicLong();
    private final AtomicLongArray rows = new AtomicLongArray(STEPS);
    private final AtomicLongArray prompts = new AtomicLongArray(BUCKETS);
    private final AtomicLongArray decoded = new AtomicLongArray(BUCKETS);

    RecentSteps() {
        this(System::nanoTime);
    }

    /** With a clock of nanoseconds in place of the system's. */
    RecentSteps(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.origin = nanoClock.getAsLong();
    }

    /** A step was computed. */
    void add(int promptTokens, int decodedSequences) {
        rows.set((int) (added.getAndIncrement() % STEPS), ((long) promptTokens << Integer.SIZE) | decodedSequences);
        long bucket = bucket();
        add(prompts, bucket, promptTokens);
        add(decoded, bucket, decodedSequences);
    }

    /** The last step brought so many tokens more than sequences, since guesses were right. */
    void addAccepted(int tokens) {
        add(decoded, bucket(), tokens);
    }

    /** The last steps, at most {@link #STEPS}, the oldest first. */
    List<EngineActivity.StepRows> last() {
        long end = added.get();
        List<EngineActivity.StepRows> steps = new ArrayList<>();
        for (long i = Math.max(0, end - STEPS); i < end; i++) {
            long step = rows.get((int) (i % STEPS));
            steps.add(new EngineActivity.StepRows((int) (step >>> Integer.SIZE), (int) step));
        }
        return steps;
    }

    /** Tokens a second over the {@link #WINDOW} that ends with the last whole quarter of a second. */
    EngineActivity.Rates rates() {
        long now = bucket();
        double seconds = WINDOW.toNanos() * 1e-9;
        return new EngineActivity.Rates(WINDOW, sum(prompts, now) / seconds, sum(decoded, now) / seconds);
    }

    /** Counts from 1, so that a bucket never written belongs to no window. */
    private long bucket() {
        return 1 + (nanoClock.getAsLong() - origin) / BUCKET_NANOS;
    }

    private static void add(AtomicLongArray buckets, long number, int tokens) {
        int slot = (int) (number % BUCKETS);
        long tag = (number & NUMBER_MASK) << COUNT_BITS;
        long before;
        long after;
        do {
            before = buckets.get(slot);
            after = (before & ~COUNT_MASK) == tag ? before + tokens : tag | tokens;
        } while (!buckets.compareAndSet(slot, before, after));
    }

    private static long sum(AtomicLongArray buckets, long now) {
        long tokens = 0;
        for (long number = Math.max(1, now - WINDOW_BUCKETS); number < now; number++) {
            long value = buckets.get((int) (number % BUCKETS));
            if (value >>> COUNT_BITS == (number & NUMBER_MASK)) {
                tokens += value & COUNT_MASK;
            }
        }
        return tokens;
    }
}
