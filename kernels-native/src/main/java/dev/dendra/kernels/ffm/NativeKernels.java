// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.KernelInfo;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.MatmulSlice;
import dev.dendra.kernels.RopeOrder;
import dev.dendra.kernels.StepRows;
import dev.dendra.kernels.Tuning;
import dev.dendra.kernels.TuningStore;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Kernels in C on one instruction set. A job that the library refuses becomes a
 * {@link dev.dendra.kernels.KernelException} that names the operation and the member at fault.
 */
final class NativeKernels implements Kernels {
    static final String PROVIDER = "native";

    private static final int RESERVED = 0;
    private static final long LOG_SUM_EXP = NativeStructs.offset(NativeStructs.LOGITS, "log_sum_exp");
    private static final long ARG_MAX = NativeStructs.offset(NativeStructs.LOGITS, "arg_max");

    private final NativeLibrary library;
    private final NativeTier tier;
    private final TileThresholds tileThresholds;
    private final long scratchBytes;

    /**
     * Kernels of {@code library}, which they own.
     *
     * @param tier that {@link NativeLibrary#detect} found
     */
    NativeKernels(NativeLibrary library, NativeTier tier, TileThresholds tileThresholds) {
        this.library = library;
        this.tier = tier;
        this.tileThresholds = tileThresholds;
        this.scratchBytes = library.scratchBytes(tier);
    }

    @Override
    public KernelInfo info() {
        return new KernelInfo(PROVIDER, tier.id(), tier.vectorBits());
    }

    @Override
    public long scratchBytes() {
        return scratchBytes;
    }

    @Override
    public Set<ActivationPrecision> activationPrecisions() {
        return EnumSet.allOf(ActivationPrecision.class);
    }

    @Override
    public Tuning tuned(List<MatmulSlice> slices, Set<ActivationPrecision> precisions, TuningStore store) {
        return tuned(slices, precisions, store, System::nanoTime);
    }

    /** As {@link #tuned(List, Set, TuningStore)}, timed by a clock that counts nanoseconds. */
    Tuning tuned(List<MatmulSlice> slices, Set<ActivationPrecision> precisions, TuningStore store, LongSupplier clock) {
        if (tier != NativeTier.AMX) {
            return new Tuning(this, List.of());
        }
        String build = PROVIDER + " " + tier.id() + ", " + library.build();
        try (TrialProducts trials = new TrialProducts(this::with, TileTuning.MOST_ROWS, clock)) {
            TileTuning.Result result = new TileTuning(build, trials, clock, store).tune(slices, precisions);
            return new Tuning(with(result.thresholds()), result.findings());
        }
    }

    /** Kernels of the same library with other thresholds; one of the two is to be closed. */
    private NativeKernels with(TileThresholds thresholds) {
        return new NativeKernels(library, tier, thresholds);
    }

    @Override
    public int bfloat16RowsFrom() {
        return tier == NativeTier.AMX ? tileThresholds.bfloat16RowsFrom() : Tuning.NEVER;
    }

    private JobWriter begin() {
        return JobWriter.begin(tier);
    }

    private void run(NativeOperation operation, JobWriter job) {
        assert job.bytes() == operation.job().byteSize() : operation.symbol();
        int answer = library.call(operation, job.job());
        if (answer != 0) {
            throw NativeStatus.exception(operation, answer);
        }
    }

    @Override
    public void gather(PackedMatrix table, StepRows rows, FloatMatrix y, int rowFrom, int rowTo) {
        run(
                NativeOperation.GATHER,
                begin().int32(rowFrom)
                        .int32(rowTo)
                        .int32(RESERVED)
                        .weights(table)
                        .step(rows)
                        .floats(y));
    }

    @Override
    public void rmsNorm(FloatMatrix x, MemorySegment weight, float epsilon, FloatMatrix y, int rowFrom, int rowTo) {
        run(
                NativeOperation.RMS_NORM,
                begin().int32(rowFrom)
                        .int32(rowTo)
                        .float32(epsilon)
                        .floats(x)
                        .pointer(weight)
                        .floats(y));
    }

    @Override
    public void quantizeRows(FloatMatrix x, QuantizedMatrix y, int rowFrom, int rowTo) {
        run(
                NativeOperation.QUANTIZE,
                begin().int32(rowFrom).int32(rowTo).int32(RESERVED).floats(x).codes(y));
    }

    @Override
    public void roundRows(FloatMatrix x, Bfloat16Matrix y, int rowFrom, int rowTo) {
        run(
                NativeOperation.ROUND_BF16,
                begin().int32(rowFrom).int32(rowTo).int32(RESERVED).floats(x).bfloats(y));
    }

    @Override
    public void matmul(
            PackedMatrix w, FloatMatrix x, FloatMatrix y, int rows, int panelFrom, int panelTo, MemorySegment scratch) {
        run(
                NativeOperation.MATMUL_F32,
                begin().int32(rows)
                        .int32(panelFrom)
                        .int32(panelTo)
                        .weights(w)
                        .floats(x)
                        .floats(y)
                        .scratch(scratch));
    }

    @Override
    public void matmul(
            PackedMatrix w,
            QuantizedMatrix x,
            FloatMatrix y,
            int rows,
            int panelFrom,
            int panelTo,
            MemorySegment scratch) {
        run(
                NativeOperation.MATMUL_CODES,
                begin().int32(rows)
                        .int32(panelFrom)
                        .int32(panelTo)
                        .int32(tileThresholds.rowsFrom(w, x.precision()))
                        .int32(RESERVED)
                        .weights(w)
                        .codes(x)
                        .floats(y)
                        .scratch(scratch));
    }

    @Override
    public void matmul(
            PackedMatrix w,
            Bfloat16Matrix x,
            FloatMatrix y,
            int rows,
            int panelFrom,
            int panelTo,
            MemorySegment scratch) {
        run(
                NativeOperation.MATMUL_BF16,
                begin().int32(rows)
                        .int32(panelFrom)
                        .int32(panelTo)
                        .int32(tileThresholds.rowsFrom(w, ActivationPrecision.BF16))
                        .int32(RESERVED)
                        .weights(w)
                        .bfloats(x)
                        .floats(y)
                        .scratch(scratch));
    }

    @Override
    public void add(FloatMatrix x, FloatMatrix y, int rowFrom, int rowTo) {
        run(
                NativeOperation.ADD,
                begin().int32(rowFrom).int32(rowTo).int32(RESERVED).floats(x).floats(y));
    }

    @Override
    public void addBias(MemorySegment bias, FloatMatrix y, int rowFrom, int rowTo) {
        run(
                NativeOperation.ADD_BIAS,
                begin().int32(rowFrom)
                        .int32(rowTo)
                        .int32(RESERVED)
                        .pointer(bias)
                        .floats(y));
    }

    @Override
    public void siluMultiply(FloatMatrix gate, FloatMatrix up, FloatMatrix y, int rows, int columnFrom, int columnTo) {
        run(
                NativeOperation.SILU_MULTIPLY,
                begin().int32(rows)
                        .int32(columnFrom)
                        .int32(columnTo)
                        .floats(gate)
                        .floats(up)
                        .floats(y));
    }

    @Override
    public void rope(
            FloatMatrix x,
            int heads,
            int headDimension,
            int rotated,
            RopeOrder order,
            MemorySegment table,
            StepRows rows,
            int rowFrom,
            int rowTo) {
        int positions = rotated == 0 ? 1 : (int) (table.byteSize() / ((long) rotated * Float.BYTES));
        run(
                NativeOperation.ROPE,
                begin().int32(rowFrom)
                        .int32(rowTo)
                        .int32(heads)
                        .int32(headDimension)
                        .int32(rotated)
                        .int32(order == RopeOrder.NEOX ? 1 : 0)
                        .int32(positions)
                        .pointer(table)
                        .step(rows)
                        .floats(x));
    }

    @Override
    public void writeKv(
            FloatMatrix keys,
            FloatMatrix values,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            int rowFrom,
            int rowTo) {
        run(
                NativeOperation.WRITE_KV,
                begin().int32(rowFrom)
                        .int32(rowTo)
                        .int32(layer)
                        .floats(keys)
                        .floats(values)
                        .cache(layout, cache)
                        .step(rows));
    }

    @Override
    public void attention(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            float scale,
            FloatMatrix y,
            int heads,
            int kvHead,
            int rowFrom,
            int rowTo,
            MemorySegment scratch) {
        run(
                NativeOperation.ATTENTION,
                begin().int32(rowFrom)
                        .int32(rowTo)
                        .int32(layer)
                        .int32(heads)
                        .int32(kvHead)
                        .float32(scale)
                        .int32(RESERVED)
                        .floats(q)
                        .floats(y)
                        .cache(layout, cache)
                        .step(rows)
                        .scratch(scratch));
    }

    @Override
    public void attentionSpans(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            float scale,
            FloatMatrix partials,
            int heads,
            int kvHead,
            int row,
            int spanFrom,
            int spanTo,
            int slot,
            MemorySegment scratch) {
        run(
                NativeOperation.ATTENTION_SPANS,
                begin().int32(row)
                        .int32(spanFrom)
                        .int32(spanTo)
                        .int32(slot)
                        .int32(layer)
                        .int32(heads)
                        .int32(kvHead)
                        .float32(scale)
                        .int32(RESERVED)
                        .floats(q)
                        .floats(partials)
                        .cache(layout, cache)
                        .step(rows)
                        .scratch(scratch));
    }

    @Override
    public void mergeSpans(
            FloatMatrix partials,
            int slotFrom,
            int slotTo,
            KvLayout layout,
            FloatMatrix y,
            int heads,
            int kvHead,
            int row) {
        run(
                NativeOperation.MERGE_SPANS,
                begin().int32(slotFrom)
                        .int32(slotTo)
                        .int32(row)
                        .int32(heads)
                        .int32(layout.kvHeads())
                        .int32(kvHead)
                        .int32(layout.headDimension())
                        .floats(partials)
                        .floats(y));
    }

    @Override
    public float logSumExp(FloatMatrix x, int row) {
        return logits(NativeOperation.LOG_SUM_EXP, x, row).get(ValueLayout.JAVA_FLOAT, LOG_SUM_EXP);
    }

    @Override
    public int argMax(FloatMatrix x, int row) {
        return logits(NativeOperation.ARG_MAX, x, row).get(ValueLayout.JAVA_INT, ARG_MAX);
    }

    @Override
    public void softmax(FloatMatrix x, int row) {
        logits(NativeOperation.SOFTMAX, x, row);
    }

    /** The job afterwards, which holds the result. */
    private MemorySegment logits(NativeOperation operation, FloatMatrix x, int row) {
        JobWriter job = begin().int32(row).floats(x).float32(0).int32(0);
        run(operation, job);
        return job.job();
    }

    @Override
    public void close() {
        library.close();
    }
}
