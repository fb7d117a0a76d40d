// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.bench;

import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.reference.ReferenceKernels;
import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import dev.dendra.tensor.QuantizedMatrix;
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
 * One matmul with cold weights and warm activations, as in a forward pass: weights come in turn from a ring of copies
 * that is twice the last-level cache, capped by {@code dendra.bench.megabytes} (default 1024, so on a machine whose cache
 * is larger than half of that weights are not cold; the benchmark says so). From the repository's root:
 *
 * <pre>{@code
 * mvn -q test-compile dependency:build-classpath -pl kernels-java -Dmdep.outputFile=target/classpath
 * cd kernels-java
 * java --add-modules jdk.incubator.vector -cp target/test-classes:target/classes:$(cat target/classpath) \
 *     org.openjdk.jmh.Main MatmulBenchmark -p kernels=vector -p encoding=U4G32 -p rows=1,512
 * }</pre>
 */
@NullUnmarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MatmulBenchmark {
    /** Relative: the sums are taken in another order, and codes carry offsets. */
    private static final float TOLERANCE = 1e-3f;

    /** Name of a kernel provider. */
    @Param("vector")
    public String kernels;

    /** Encoding of the weights. */
    @Param({"F32", "BF16", "I8", "I8G32", "U4G32"})
    public Encoding encoding;

    /** Activation rows M. */
    @Param({"1", "8", "512"})
    public int rows;

    /** Outputs and inputs, as {@code NxK}. */
    @Param({"1536x576", "4096x4096"})
    public String shape;

    /** Pattern of the weights. */
    @Param("DENSE")
    public Pattern pattern;

    /** Share of a sparse matrix's blocks that live, the same in each panel or output. */
    @Param("0.5")
    public double density;

    /** Precision of the activations. */
    @Param({"F32", "I8"})
    public ActivationPrecision activations;

    private Arena arena;
    private Kernels opened;
    private PackedMatrix[] ring;
    private int next;
    private FloatMatrix x;
    private QuantizedMatrix codes;
    private Bfloat16Matrix bfloats;
    private FloatMatrix y;
    private MemorySegment scratch;

    /** Fills the ring and checks one product against the reference. */
    @Setup
    public void prepare() {
        boolean isInteger = activations == ActivationPrecision.I8 || activations == ActivationPrecision.I16;
        if (isInteger && !encoding.isInteger()) {
            throw new IllegalArgumentException(encoding + " has no product with integer activations");
        }
        arena = Arena.ofShared();
        opened = KernelSelector.select(kernels).kernels();
        PanelLayout layout = layout();
        Random random = new Random(1);
        PackedMatrix dense = new PackedMatrix("w", layout, OffHeap.allocate(arena, layout.bytes()));
        fill(random, dense);
        PackedMatrix first = pattern.isSparse() ? SparsePacker.pack(dense, equalFanIn(random), arena) : dense;
        ring = new PackedMatrix[copies(first.segment().byteSize())];
        ring[0] = first;
        for (int i = 1; i < ring.length; i++) {
            MemorySegment copy = OffHeap.allocate(arena, first.segment().byteSize());
            copy.copyFrom(first.segment());
            ring[i] = new PackedMatrix("w" + i, layout, pattern, copy);
        }
        x = FloatMatrix.allocate(arena, rows, layout.columns());
        for (int m = 0; m < rows; m++) {
            for (int k = 0; k < layout.columns(); k++) {
                x.set(m, k, (float) random.nextGaussian());
            }
        }
        if (isInteger) {
            codes = QuantizedMatrix.allocate(arena, activations, rows, layout.columns(), encoding.groupSize());
            opened.quantizeRows(x, codes, 0, rows);
        }
        bfloats = Bfloat16Matrix.allocate(arena, rows, layout.columns());
        if (activations == ActivationPrecision.BF16) {
            opened.roundRows(x, bfloats, 0, rows);
        }
        y = FloatMatrix.allocate(arena, rows, layout.rows());
        scratch = OffHeap.allocate(arena, opened.scratchBytes());
        verify();
    }

    /** The whole product, as one thread would do it. */
    @Benchmark
    public FloatMatrix matmul() {
        PackedMatrix w = ring[next];
        next = next + 1 == ring.length ? 0 : next + 1;
        multiply(opened, w, y, rows, 0, w.layout().panels());
        return y;
    }

    /** Frees the memory. */
    @TearDown
    public void close() {
        opened.close();
        arena.close();
    }

    private void multiply(Kernels by, PackedMatrix w, FloatMatrix into, int count, int panelFrom, int panelTo) {
        switch (activations) {
            case F32 -> by.matmul(w, x, into, count, panelFrom, panelTo, scratch);
            case BF16 -> by.matmul(w, bfloats, into, count, panelFrom, panelTo, scratch);
            case I8, I16 -> by.matmul(w, codes, into, count, panelFrom, panelTo, scratch);
        }
    }

    /** First and last panel of the first row. */
    private void verify() {
        int panels = ring[0].layout().panels();
        FloatMatrix expected = FloatMatrix.allocate(arena, rows, ring[0].rows());
        multiply(opened, ring[0], y, rows, 0, panels);
        try (Kernels reference = new ReferenceKernels()) {
            multiply(reference, ring[0], expected, 1, 0, 1);
            multiply(reference, ring[0], expected, 1, panels - 1, panels);
        }
        for (int n = 0; n < ring[0].rows(); n++) {
            boolean checked = n < PanelLayout.PANEL_ROWS || n >= (panels - 1) * PanelLayout.PANEL_ROWS;
            float difference = Math.abs(y.get(0, n) - expected.get(0, n));
            if (checked && !(difference <= TOLERANCE * Math.max(1, Math.abs(expected.get(0, n))))) {
                throw new IllegalStateException(
                        "wrong result in output " + n + ": " + y.get(0, n) + ", expected " + expected.get(0, n));
            }
        }
    }

    private PanelLayout layout() {
        int by = shape.indexOf('x');
        return new PanelLayout(
                encoding, Integer.parseInt(shape, 0, by, 10), Integer.parseInt(shape, by + 1, shape.length(), 10));
    }

    /** The same number of live blocks for all outputs, at random places. */
    private BlockMask equalFanIn(Random random) {
        PanelLayout layout = layout();
        BlockMask mask = new BlockMask(pattern, layout.rows(), layout.columns());
        long live = Math.round(density * mask.columnBlocks());
        for (int row = 0; row < mask.rowBlocks(); row++) {
            long left = live;
            for (int column = 0; column < mask.columnBlocks(); column++) {
                boolean lives = random.nextInt(mask.columnBlocks() - column) < left;
                mask.set(row, column, lives);
                left -= lives ? 1 : 0;
            }
        }
        return mask;
    }

    private static int copies(long bytes) {
        long cold = 2 * LastLevelCache.bytes();
        long most = Long.getLong("dendra.bench.megabytes", 1024L) << 20;
        if (cold > most) {
            System.out.println("weights not quite cold: the ring has " + (most >> 20) + " MiB, twice the cache is "
                    + (cold >> 20) + " MiB; raise -Ddendra.bench.megabytes");
        }
        return (int) Math.max(1, Math.min(cold, most) / bytes);
    }

    /** Random codes with half-precision or single-precision scales near 0.01; random floats for float encodings. */
    private static void fill(Random random, PackedMatrix w) {
        MemorySegment segment = w.segment();
        PanelLayout layout = w.layout();
        byte[] block = new byte[Math.toIntExact(layout.blockBytes())];
        for (long start = 0; start < layout.bytes(); start += block.length) {
            random.nextBytes(block);
            MemorySegment.copy(block, 0, segment, ValueLayout.JAVA_BYTE, start, block.length);
            switch (w.encoding()) {
                case F32, BF16 -> tame(segment, start, block.length);
                case I8 -> {
                    for (long i = 0; i < layout.blockCodesOffset(); i += Float.BYTES) {
                        segment.set(ValueLayout.JAVA_FLOAT, start + i, 0.01f);
                    }
                }
                case I8G32, U4G32 -> {
                    float scale = Float.float16ToFloat(Float.floatToFloat16(0.01f));
                    // The minimum that patterns ask for.
                    float second = w.encoding() == Encoding.U4G32 ? -8 * scale : scale;
                    for (long i = 0; i < layout.blockCodesOffset(); i += 2 * Short.BYTES) {
                        segment.set(ValueLayout.JAVA_SHORT, start + i, Float.floatToFloat16(scale));
                        segment.set(ValueLayout.JAVA_SHORT, start + i + 2, Float.floatToFloat16(second));
                    }
                }
            }
        }
    }

    /** Clears the top exponent bit of both halves of each word, so that bf16 and f32 are finite and below 2. */
    private static void tame(MemorySegment segment, long start, long bytes) {
        for (long i = 0; i < bytes; i += Integer.BYTES) {
            int word = segment.get(ValueLayout.JAVA_INT, start + i);
            segment.set(ValueLayout.JAVA_INT, start + i, word & 0xbfffbfff);
        }
    }
}
