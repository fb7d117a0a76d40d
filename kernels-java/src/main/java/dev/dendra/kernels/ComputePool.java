// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.platform.CpuAvoidance;
import dev.dendra.platform.ThreadAffinity;
import dev.dendra.platform.ThreadPlacement;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Platform threads that work through the tasks of a region together with the caller. Each has a share of tasks that follow
 * each other, so that what it reads goes on where it stopped, and takes from the shares of others once its own is done: a
 * thread that the operating system holds up delays a region by one task. Between regions workers spin for a moment and then
 * park.
 *
 * <p>One thread at a time may call {@link #run}; a region allocates nothing.
 */
public final class ComputePool implements AutoCloseable {

    /** Work that is split into tasks {@code 0 .. tasks}, in any order, on any worker. */
    @FunctionalInterface
    public interface Region {
        /**
         * Does one task.
         *
         * @param worker 0 for the caller, up to {@link #threads()} exclusive: which scratch to use
         * @param task which task
         */
        void run(int worker, int task);
    }

    /** Most tasks of a region. */
    public static final int MAXIMUM_TASKS = 1 << 20;

    /** Long enough to bridge the serial stretches of a step, short enough to leave the CPU to others when idle. */
    private static final long SPIN_NANOS = 100_000;

    private static final int SPINS_BETWEEN_CLOCKS = 64;
    private static final int COUNT_BITS = 21;
    private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;

    /** Longs between the words of two threads, so that they share no cache line. */
    private static final int WORDS_APART = 16;

    /** How often the caller looks whether it shares a worker's CPU: some milliseconds of decode apart. */
    private static final int REGIONS_BETWEEN_MOVES = 64;

    private final int threads;
    private final Worker[] workers;
    private final @Nullable CpuAvoidance avoidance;

    /**
     * The share of each thread in one word, so that a claim is one atomic addition: the region's number, the end of the
     * share, and the next task to claim, from high to low bits. A claim is valid by the word alone, even one that comes
     * late.
     */
    private final AtomicLongArray shares;

    private final AtomicInteger completed = new AtomicInteger();
    private final AtomicInteger parked = new AtomicInteger();
    private Region region = (worker, task) -> {};
    private long number;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;

    /**
     * A pool of {@code threads}, the caller of {@link #run} among them. Workers are pinned to a CPU each where there are
     * enough and the platform allows it; a caller that finds itself on the CPU of one leaves it.
     *
     * @throws IllegalArgumentException unless {@code threads} is at least 1
     */
    public ComputePool(int threads) {
        this(threads, ThreadPlacement.anywhere(threads));
    }

    /**
     * As {@link #ComputePool(int)}, with workers on the CPUs of {@code placement}.
     *
     * @throws IllegalArgumentException unless {@code threads} is at least 1 and {@code placement} is of as many or none
     */
    public ComputePool(int threads, ThreadPlacement placement) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, got " + threads);
        }
        List<Integer> cpus = placement.cpus();
        if (!cpus.isEmpty() && cpus.size() != threads) {
            throw new IllegalArgumentException(cpus.size() + " CPUs for " + threads + " threads");
        }
        this.threads = threads;
        this.shares = new AtomicLongArray(threads * WORDS_APART);
        this.workers = new Worker[threads - 1];
        BitSet occupied = new BitSet();
        for (int i = 0; i < workers.length; i++) {
            int cpu = cpus.isEmpty() ? -1 : cpus.get(i + 1);
            if (cpu >= 0) {
                occupied.set(cpu);
            }
            workers[i] = new Worker(i + 1, cpu);
            workers[i].start();
        }
        avoidance = CpuAvoidance.of(occupied, placement.callerCpus()).orElse(null);
    }

    /** Workers, the caller among them. */
    public int threads() {
        return threads;
    }

    /**
     * Runs tasks {@code 0 .. tasks} and returns when all are done.
     *
     * @throws IllegalStateException if the pool is closed
     * @throws RuntimeException what the first failing task threw; the other tasks still ran
     */
    public void run(Region work, int tasks) {
        if (closed) {
            throw new IllegalStateException("the compute pool is closed");
        }
        if (tasks > MAXIMUM_TASKS) {
            throw new IllegalArgumentException(tasks + " tasks, at most " + MAXIMUM_TASKS);
        }
        if (++number % REGIONS_BETWEEN_MOVES == 1 && avoidance != null) {
            var _ = avoidance.move();
        }
        if (threads == 1 || tasks == 1) {
            for (int task = 0; task < tasks; task++) {
                work.run(0, task);
            }
            return;
        }
        region = work;
        completed.set(0);
        int from = 0;
        for (int thread = 0; thread < threads; thread++) {
            int to = (int) ((long) tasks * (thread + 1) / threads);
            shares.set(thread * WORDS_APART, number << (2 * COUNT_BITS) | (long) to << COUNT_BITS | from);
            from = to;
        }
        if (parked.get() > 0) {
            for (Worker worker : workers) {
                LockSupport.unpark(worker);
            }
        }
        work(0);
        awaitCompletion(tasks);
        Throwable thrown = failure;
        if (thrown != null) {
            failure = null;
            rethrow(thrown);
        }
    }

    /**
     * Runs {@code work} once on each thread, the caller among them, and returns when all are done: for what has to be done by
     * the thread that it is for, such as touching memory first.
     *
     * @param work given which thread it is on, 0 to {@link #threads()} exclusive
     * @throws IllegalStateException if the pool is closed
     * @throws RuntimeException what failed first; it ran on the other threads all the same
     */
    public void runOnEach(IntConsumer work) {
        AtomicInteger begun = new AtomicInteger();
        run(
                (worker, task) -> {
                    begun.incrementAndGet();
                    // Nobody takes a second task before everybody has one.
                    while (begun.get() < threads) {
                        Thread.onSpinWait();
                    }
                    work.accept(worker);
                },
                threads);
    }

    @SuppressWarnings("ThreadPriorityCheck") // the worker that holds the last task may need this very CPU
    private void awaitCompletion(int tasks) {
        int spins = 0;
        while (completed.get() < tasks) {
            if (++spins % SPINS_BETWEEN_CLOCKS == 0) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    /** Does the tasks of the worker's share, then what is left of the others'. */
    private void work(int worker) {
        for (int i = 0; i < threads; i++) {
            int share = worker + i;
            work(worker, share < threads ? share : share - threads);
        }
    }

    private void work(int worker, int share) {
        int done = 0;
        for (; ; ) {
            // Most shares are used up when another thread comes to them: a look leaves them to be looked at.
            long claim = shares.get(share * WORDS_APART);
            if (isValid(claim)) {
                claim = shares.getAndIncrement(share * WORDS_APART);
            }
            if (!isValid(claim)) {
                break;
            }
            try {
                region.run(worker, (int) (claim & COUNT_MASK));
            } catch (Throwable t) {
                failure = t;
            }
            done++;
        }
        if (done > 0) {
            completed.addAndGet(done);
        }
    }

    private static boolean isValid(long claim) {
        return (claim & COUNT_MASK) < (claim >>> COUNT_BITS & COUNT_MASK);
    }

    private long numberOf(int thread) {
        return shares.get(thread * WORDS_APART) >>> (2 * COUNT_BITS);
    }

    private static void rethrow(Throwable thrown) {
        switch (thrown) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(thrown);
        }
    }

    /** For tests: returns once every worker is parked or about to be. */
    void awaitParked() {
        while (parked.get() < workers.length) {
            Thread.onSpinWait();
        }
    }

    /** Ends the workers, after the region that is running, if one is. */
    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
        for (Worker worker : workers) {
            try {
                worker.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private final class Worker extends Thread {
        private final int index;
        private final int cpu;

        Worker(int index, int cpu) {
            super("compute-" + index);
            this.index = index;
            this.cpu = cpu;
            setDaemon(true);
        }

        @Override
        public void run() {
            if (cpu >= 0) {
                // A worker that cannot be pinned works all the same.
                var _ = ThreadAffinity.pin(cpu);
            }
            long seen = 0;
            while (!closed) {
                long current = numberOf(index);
                if (current == seen) {
                    awaitRegion(seen);
                } else {
                    seen = current;
                    work(index);
                }
            }
        }

        private void awaitRegion(long seen) {
            long start = System.nanoTime();
            int spins = 0;
            while (!closed && numberOf(index) == seen) {
                Thread.onSpinWait();
                if (++spins % SPINS_BETWEEN_CLOCKS == 0 && System.nanoTime() - start > SPIN_NANOS) {
                    parked.incrementAndGet();
                    if (!closed && numberOf(index) == seen) {
                        LockSupport.park(ComputePool.this);
                    }
                    parked.decrementAndGet();
                    start = System.nanoTime();
                }
            }
        }
    }
}
