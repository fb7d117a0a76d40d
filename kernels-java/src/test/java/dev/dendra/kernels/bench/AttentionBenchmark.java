// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.bench;

import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.kernels.reference.ReferenceKernels;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * Attention of one layer, 9 query heads over 3 KV heads of 64 elements, the shape of a 135 million parameter model: the
 * last {@code rows} positions of a sequence of {@code context}. One row is a decode step, 512 rows a prompt or its last
 * chunk. From the repository's root:
 *
 * <pre>{@code
 * mvn -q test-compile dependency:build-classpath -pl kernels-java -Dmdep.outputFile=target/classpath
 * cd kernels-java
 * java --add-modules jdk.incubator.vector -cp target/test-classes:target/classes:$(cat target/classpath) \
 *     org.openjdk.jmh.Main AttentionBenchmark -p kernels=vector
 * }</pre>
 */
@NullUnmarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class AttentionBenchmark {
    private static final int HEADS = 9;
    private static final int KV_HEADS = 3;
    private static final int HEAD_DIMENSION = 64;
    private static final float SCALE = 0.125f;

    /** Name of a kernel provider. */
    @Param("vector")
    public String kernels;

    /** Tokens in the sequence. */
    @Param({"512", "4096"})
    public int context;

    /** Rows of the step. */
    @Param({"1", "512"})
    public int rows;

    /** Type of the cache. */
    @Param("f32")
    public String type;

    private Arena arena;
    private Kernels opened;
    private KvLayout layout;
    private MemorySegment cache;
    private MemorySegment scratch;
    private StepRows step;
    private FloatMatrix q;
    private FloatMatrix y;

    /** Fills the cache and checks the last row against the reference. */
    @Setup
    public void prepare() {
        arena = Arena.ofShared();
        opened = KernelSelector.select(kernels).kernels();
        int blocks = (context + KvLayout.BLOCK_TOKENS - 1) / KvLayout.BLOCK_TOKENS;
        layout = new KvLayout(KvType.ofId(type), 1, KV_HEADS, HEAD_DIMENSION, blocks);
        cache = OffHeap.allocate(arena, layout.bytes());
        scratch = OffHeap.allocate(arena, opened.scratchBytes());
        step = new StepRows(arena, rows, blocks);
        q = FloatMatrix.allocate(arena, rows, HEADS * HEAD_DIMENSION);
        y = FloatMatrix.allocate(arena, rows, HEADS * HEAD_DIMENSION);
        Random random = new Random(1);
        for (int block = 0; block < blocks; block++) {
            step.setBlock(block, block);
        }
        for (int row = 0; row < rows; row++) {
            step.setRow(row, 0, context - rows + row, 0);
        }
        fillCache(random, blocks);
        fill(random, q.segment(), (long) rows * q.stride() * Float.BYTES);
        verify();
    }

    /** All heads, as one thread would do them. */
    @Benchmark
    public FloatMatrix attention() {
        attend(opened, y, 0);
        return y;
    }

    /** Frees the memory. */
    @TearDown
    public void close() {
        opened.close();
        arena.close();
    }

    private void fillCache(Random random, int blocks) {
        StepRows all = new StepRows(arena, context, blocks);
        for (int block = 0; block < blocks; block++) {
            all.setBlock(block, block);
        }
        for (int position = 0; position < context; position++) {
            all.setRow(position, 0, position, 0);
        }
        FloatMatrix keysAndValues = FloatMatrix.allocate(arena, context, KV_HEADS * HEAD_DIMENSION);
        fill(random, keysAndValues.segment(), (long) context * keysAndValues.stride() * Float.BYTES);
        opened.writeKv(keysAndValues, keysAndValues, layout, cache, 0, all, 0, context);
    }

    private void attend(Kernels by, FloatMatrix into, int rowFrom) {
        for (int kvHead = 0; kvHead < KV_HEADS; kvHead++) {
            by.attention(q, layout, cache, 0, step, SCALE, into, HEADS, kvHead, rowFrom, rows, scratch);
        }
    }

    private void verify() {
        FloatMatrix expected = FloatMatrix.allocate(arena, rows, HEADS * HEAD_DIMENSION);
        attend(opened, y, 0);
        try (Kernels reference = new ReferenceKernels()) {
            attend(reference, expected, rows - 1);
        }
        for (int column = 0; column < y.columns(); column++) {
            float difference = y.get(rows - 1, column) - expected.get(rows - 1, column);
            if (!(Math.abs(difference) < 1e-4f)) {
                throw new IllegalStateException("wrong result in column " + column + ", off by " + difference);
            }
        }
    }

    private static void fill(Random random, MemorySegment floats, long bytes) {
        for (long offset = 0; offset < bytes; offset += Float.BYTES) {
            floats.set(ValueLayout.JAVA_FLOAT, offset, (float) random.nextGaussian());
        }
    }
}
