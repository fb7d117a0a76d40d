// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dendra.platform.ThreadAffinity;
import dev.dendra.platform.ThreadPlacement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComputePoolTest {
    private static final Path OWN_STATUS = Path.of("/proc/thread-self/status");

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void everyTaskOfEveryRegionRunsOnce(int threads) {
        SplittableRandom random = new SplittableRandom(threads);
        try (ComputePool pool = new ComputePool(threads)) {
            for (int region = 0; region < 2_000; region++) {
                int tasks = random.nextInt(40);
                AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
                pool.run((worker, task) -> runs.incrementAndGet(task), tasks);
                int[] expected = new int[tasks];
                Arrays.fill(expected, 1);
                int[] actual = new int[tasks];
                Arrays.setAll(actual, runs::get);
                assertArrayEquals(expected, actual, "region " + region);
            }
        }
    }

    @Test
    void plainWritesOfTasksAreVisibleToTheCaller() {
        try (ComputePool pool = new ComputePool(4)) {
            int[] values = new int[64];
            for (int region = 1; region <= 5_000; region++) {
                int value = region;
                pool.run((worker, task) -> values[task] = value, values.length);
                for (int v : values) {
                    assertEquals(region, v);
                }
            }
        }
    }

    @Test
    void noTwoTasksShareAWorkerAtOnce() {
        try (ComputePool pool = new ComputePool(4)) {
            AtomicIntegerArray inside = new AtomicIntegerArray(pool.threads());
            AtomicInteger clashes = new AtomicInteger();
            for (int region = 0; region < 1_000; region++) {
                pool.run(
                        (worker, task) -> {
                            if (inside.incrementAndGet(worker) != 1) {
                                clashes.incrementAndGet();
                            }
                            inside.decrementAndGet(worker);
                        },
                        16);
            }
            assertEquals(0, clashes.get());
        }
    }

    @Test
    void threadsBeginApart() {
        int threads = 3;
        try (ComputePool pool = new ComputePool(threads)) {
            CyclicBarrier begun = new CyclicBarrier(threads);
            int[] first = new int[threads];
            Arrays.fill(first, -1);
            pool.run(
                    (worker, task) -> {
                        if (first[worker] < 0) {
                            first[worker] = task;
                            await(begun);
                        }
                    },
                    12);
            assertArrayEquals(new int[] {0, 4, 8}, first);
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void theShareOfAThreadThatIsHeldUpIsDoneByOthers() {
        int tasks = 12;
        try (ComputePool pool = new ComputePool(3)) {
            for (int held = 0; held < tasks; held++) {
                int heldTask = held;
                AtomicInteger others = new AtomicInteger();
                pool.run(
                        (worker, task) -> {
                            if (task != heldTask) {
                                others.incrementAndGet();
                            } else {
                                while (others.get() < tasks - 1) {
                                    Thread.onSpinWait();
                                }
                            }
                        },
                        tasks);
                assertEquals(tasks - 1, others.get());
            }
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aFailingTaskFailsItsRegionAndNothingElse() {
        try (ComputePool pool = new ComputePool(3)) {
            AtomicInteger others = new AtomicInteger();
            IllegalArgumentException thrown = assertThrows(
                    IllegalArgumentException.class,
                    () -> pool.run(
                            (worker, task) -> {
                                if (task == 5) {
                                    throw new IllegalArgumentException("task 5");
                                }
                                others.incrementAndGet();
                            },
                            10));
            assertEquals("task 5", thrown.getMessage());
            assertEquals(9, others.get());
            pool.run((worker, task) -> others.incrementAndGet(), 10);
            assertEquals(19, others.get());
        }
    }

    @Test
    void regionsRunAfterWorkersHaveParked() {
        try (ComputePool pool = new ComputePool(2)) {
            AtomicInteger runs = new AtomicInteger();
            for (int region = 0; region < 20; region++) {
                pool.awaitParked();
                pool.run((worker, task) -> runs.incrementAndGet(), 8);
            }
            assertEquals(160, runs.get());
        }
    }

    @Test
    void aClosedPoolTakesNoWork() {
        ComputePool pool = new ComputePool(2);
        pool.run((worker, task) -> {}, 4);
        pool.close();
        assertThrows(IllegalStateException.class, () -> pool.run((worker, task) -> {}, 4));
        pool.close();
    }

    @Test
    void badSizesAreRefused() {
        IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, () -> new ComputePool(0));
        assertTrue(String.valueOf(thrown.getMessage()).contains("got 0"));
        try (ComputePool pool = new ComputePool(2)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> pool.run((worker, task) -> {}, ComputePool.MAXIMUM_TASKS + 1));
        }
    }

    @Test
    void eachThreadDoesItsOwnPart() {
        try (ComputePool pool = new ComputePool(3)) {
            AtomicIntegerArray done = new AtomicIntegerArray(3);
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            for (int i = 0; i < 100; i++) {
                pool.runOnEach(thread -> {
                    done.incrementAndGet(thread);
                    threads.add(Thread.currentThread());
                });
            }
            assertEquals("[100, 100, 100]", done.toString());
            assertEquals(3, threads.size());
        }
    }

    @Test
    void workersRunOnTheCpusThatTheyWereGiven() {
        assumeTrue(Files.exists(OWN_STATUS), "only Linux says where a thread may run");
        BitSet allowed = ThreadAffinity.allowedCpus();
        assumeTrue(allowed.cardinality() >= 2, "needs two CPUs");
        int first = allowed.nextSetBit(0);
        int second = allowed.nextSetBit(first + 1);
        // Against their order, so that they are not where the first CPUs that there are would put them.
        assertEquals(Integer.toString(first), cpusOfWorker(new ThreadPlacement(List.of(second, first), allowed)));
        assertEquals(Integer.toString(second), cpusOfWorker(new ThreadPlacement(List.of(first, second), allowed)));
    }

    @Test
    void theCallerLeavesCpusThatAreOfWorkersOrNotItsOwn() throws InterruptedException {
        assumeTrue(Files.exists(OWN_STATUS), "only Linux says where a thread may run");
        BitSet allowed = ThreadAffinity.allowedCpus();
        assumeTrue(allowed.cardinality() >= 2, "needs two CPUs");
        int first = allowed.nextSetBit(0);
        int second = allowed.nextSetBit(first + 1);
        assertNotEquals(
                Integer.toString(first),
                cpusOfCaller(first, new ThreadPlacement(List.of(second, first), allowed)),
                "the worker's");
        BitSet near = new BitSet();
        near.set(second);
        assertEquals(
                Integer.toString(second),
                cpusOfCaller(first, new ThreadPlacement(List.of(second), near)),
                "of another node");
    }

    /** Where a thread that begins on {@code cpu} may run once it has called the pool. */
    private static String cpusOfCaller(int cpu, ThreadPlacement placement) throws InterruptedException {
        AtomicReference<String> cpus = new AtomicReference<>("");
        try (ComputePool pool = new ComputePool(placement.cpus().size(), placement)) {
            Thread caller = new Thread(() -> {
                var _ = ThreadAffinity.pin(cpu);
                pool.run((worker, task) -> {}, 1);
                cpus.set(ownCpus());
            });
            caller.start();
            caller.join();
        }
        return String.valueOf(cpus.get());
    }

    private static String cpusOfWorker(ThreadPlacement placement) {
        AtomicReference<String> cpus = new AtomicReference<>("");
        try (ComputePool pool = new ComputePool(2, placement)) {
            pool.runOnEach(thread -> {
                if (thread == 1) {
                    cpus.set(ownCpus());
                }
            });
        }
        return String.valueOf(cpus.get());
    }

    private static String ownCpus() {
        String field = "Cpus_allowed_list:";
        try (Stream<String> status = Files.lines(OWN_STATUS)) {
            return status.filter(line -> line.startsWith(field))
                    .map(line -> line.substring(field.length()).strip())
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aPlacementIsOfAsManyThreads() {
        ThreadPlacement two = new ThreadPlacement(List.of(0, 1), ThreadAffinity.allowedCpus());
        assertThrows(IllegalArgumentException.class, () -> new ComputePool(3, two));
    }
}
