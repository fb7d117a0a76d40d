// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import dev.dendra.energy.LoggedStep.Piece;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says what a meter's joules were spent on. A thread of its own ({@link EnergySampler}) reads the meter and takes what
 * engines have noted of their steps; the time between two readings is accounted for when all steps that began in it have
 * ended. So engines neither read files nor wait, and what is given out is what was measured, no more and no less.
 */
public final class EnergyLedger {
    /** RAPL's counters move once a millisecond, so that a reading is right to a few percent of this. */
    private static final long SHORTEST_NANOS = Duration.ofMillis(20).toNanos();

    /** How long to wait for a counter that does not move before it is taken for standing still. */
    private static final long STILL_NANOS = Duration.ofSeconds(2).toNanos();

    /** Readings that wait for a step to end; of more the oldest are dropped, which makes the time between them one. */
    private static final int MOST_READINGS = 256;

    private final EnergyMeter meter;
    private final LongSupplier clock;
    private final EnergyTotals totals = new EnergyTotals();
    private final IdlePower idlePower = new IdlePower();
    private final List<Account> accounts = new CopyOnWriteArrayList<>();
    private final Deque<Reading> readings = new ArrayDeque<>();
    private final AtomicInteger hurried = new AtomicInteger();
    private @Nullable Reading last;
    private @Nullable Reading reached;
    private boolean wasIdle;
    private volatile double residualRatio = Double.NaN;
    private volatile Runnable alarm = () -> {};

    /** The log of an engine and what came out of it. */
    private record Account(StepRing log, Deque<LoggedStep> steps, CostModel model) {}

    /** What the meter said, and whether that is all since the reading before. */
    private record Reading(long nanos, double joules, boolean whole) {
        Reading after(boolean othersWhole) {
            return new Reading(nanos, joules, whole && othersWhole);
        }
    }

    /** Somebody waits for what was spent so far. */
    interface Hurry extends AutoCloseable {
        @Override
        void close();
    }

    /** With a clock of nanoseconds, by which engines note their steps too. */
    EnergyLedger(EnergyMeter meter, LongSupplier clock) {
        this.meter = meter;
        this.clock = clock;
    }

    /** By the system's clock. */
    public static EnergyLedger of(EnergyMeter meter) {
        return new EnergyLedger(meter, System::nanoTime);
    }

    /** A log for a further engine, whose steps are of at most {@code sequences}. */
    public StepLog newLog(int sequences) {
        StepRing log = new StepRing(this, sequences);
        accounts.add(new Account(log, new ArrayDeque<>(), new CostModel()));
        return log;
    }

    /** Where the joules come from. */
    public EnergyMeter meter() {
        return meter;
    }

    /** What they were spent on. */
    public EnergyTotals totals() {
        return totals;
    }

    /** What the machine takes when nothing is computed; NaN before it is known. */
    public double idleWatts() {
        return idlePower.watts();
    }

    /**
     * Joules of work by which the cost models miss the meter, without sign, as a share of what was measured lately; the
     * largest of all engines'. NaN before anything is known.
     */
    public double residualRatio() {
        return residualRatio;
    }

    /** What wakes the thread that calls {@link #pass()}. */
    void onWake(Runnable wake) {
        alarm = wake;
    }

    void wake() {
        alarm.run();
    }

    /** Whether somebody waits. */
    boolean isHurried() {
        return hurried.get() > 0;
    }

    Hurry hurry() {
        hurried.incrementAndGet();
        wake();
        return hurried::decrementAndGet;
    }

    /** Reads the meter if it was not read just now, and accounts for all time that can be. For one thread. */
    void pass() {
        long now = clock.getAsLong();
        if (last == null || now - last.nanos() >= SHORTEST_NANOS) {
            boolean whole = meter.sample(now);
            last = new Reading(now, meter.attributedJoules(), whole);
            if (readings.size() == MOST_READINGS) {
                boolean firstWhole = readings.removeFirst().whole();
                readings.addFirst(readings.removeFirst().after(firstWhole));
            }
            readings.add(last);
        }
        account();
    }

    private void account() {
        long settledNanos = Long.MAX_VALUE;
        for (Account account : accounts) {
            // Before the ring is emptied: what ended before is then in it.
            settledNanos = Math.min(settledNanos, account.log().openNanos());
            List<LoggedStep> ended = account.log().drain();
            ended.forEach(account.model()::learn);
            account.steps().addAll(ended);
        }
        while (!readings.isEmpty() && readings.getFirst().nanos() <= settledNanos) {
            Reading next = readings.removeFirst();
            Reading from = reached;
            if (from == null) {
                reached = next;
            } else if (next.joules() > from.joules() || next.nanos() - from.nanos() >= STILL_NANOS || !next.whole()) {
                reached = next;
                share(new EnergyWindow(
                        from.nanos(),
                        next.nanos(),
                        next.joules() - from.joules(),
                        next.whole(),
                        cut(from.nanos(), next.nanos())));
            }
        }
    }

    private Map<CostModel, List<Piece>> cut(long fromNanos, long toNanos) {
        Map<CostModel, List<Piece>> pieces = new LinkedHashMap<>();
        for (Account account : accounts) {
            List<Piece> list = new ArrayList<>();
            Deque<LoggedStep> steps = account.steps();
            while (!steps.isEmpty() && steps.getFirst().beginNanos() < toNanos) {
                LoggedStep step = steps.getFirst();
                Piece piece = step.cut(fromNanos, toNanos);
                // A step that broke before it had rows is time without work.
                if (step.work().rows() > 0) {
                    list.add(piece);
                }
                if (!step.isUsedUp()) {
                    break;
                }
                steps.removeFirst();
            }
            if (!list.isEmpty()) {
                pieces.put(account.model(), list);
            }
        }
        return pieces;
    }

    private void share(EnergyWindow window) {
        window.share(idlePower.watts(), totals);
        // The first idle time after work is not like the rest: clocks come down, threads still spin.
        if (window.isIdle() && wasIdle && window.whole()) {
            idlePower.learn(window.joules(), window.seconds());
        }
        wasIdle = window.isIdle();
        double ratio = Double.NaN;
        for (Account account : accounts) {
            double own = account.model().residualRatio();
            ratio = Double.isNaN(ratio) || own > ratio ? own : ratio;
        }
        residualRatio = ratio;
    }
}
