// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.bench;

import dev.dendra.kernels.ComputePool;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a parallel region costs by itself: tasks that do nothing, workers that spin as they do within a step. Started like
 * {@link MatmulBenchmark}.
 */
@NullUnmarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class ComputePoolBenchmark {
    /** Threads of the pool, the caller among them. */
    @Param("2")
    public int threads;

    /** Tasks of the region: as many as a small matrix product has, or one for each thread. */
    @Param({"2", "8"})
    public int tasks;

    private ComputePool pool;
    private final ComputePool.Region nothing = (worker, task) -> {};

    /** Starts the workers. */
    @Setup(Level.Trial)
    public void start() {
        pool = new ComputePool(threads);
    }

    /** Ends them. */
    @TearDown(Level.Trial)
    public void end() {
        pool.close();
    }

    /** One region. */
    @Benchmark
    public void region() {
        pool.run(nothing, tasks);
    }
}
