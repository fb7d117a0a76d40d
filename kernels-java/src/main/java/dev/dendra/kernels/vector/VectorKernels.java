// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import dev.dendra.kernels.KernelInfo;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.RopeOrder;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;

/** Kernels on the Vector API, in registers of {@link VectorSpeciesChoice#BITS} bits. */
public final class VectorKernels implements Kernels {
    private static final Set<ActivationPrecision> PRECISIONS =
            EnumSet.of(ActivationPrecision.F32, ActivationPrecision.I8);

    @Override
    public KernelInfo info() {
        return new KernelInfo(
                VectorKernelProvider.NAME, "vector-" + VectorSpeciesChoice.BITS, VectorSpeciesChoice.BITS);
    }

    /** Attention's and matmul's scratch are never in use at once. */
    @Override
    public long scratchBytes() {
        return Math.max(VectorAttention.SCRATCH_BYTES, VectorMatmul.scratchBytes());
    }

    @Override
    public Set<ActivationPrecision> activationPrecisions() {
        return PRECISIONS;
    }

    @Override
    public void gather(PackedMatrix table, StepRows rows, FloatMatrix y, int rowFrom, int rowTo) {
        VectorMatmul.gather(table, rows, y, rowFrom, rowTo);
    }

    @Override
    public void rmsNorm(FloatMatrix x, MemorySegment weight, float epsilon, FloatMatrix y, int rowFrom, int rowTo) {
        VectorRmsNorm.rmsNorm(x, weight, epsilon, y, rowFrom, rowTo);
    }

    @Override
    public void quantizeRows(FloatMatrix x, QuantizedMatrix y, int rowFrom, int rowTo) {
        requireActivations(y.precision());
        VectorQuantizer.quantizeRows(x, y, rowFrom, rowTo);
    }

    @Override
    public void roundRows(FloatMatrix x, Bfloat16Matrix y, int rowFrom, int rowTo) {
        requireActivations(ActivationPrecision.BF16);
    }

    @Override
    public void matmul(
            PackedMatrix w, FloatMatrix x, FloatMatrix y, int rows, int panelFrom, int panelTo, MemorySegment scratch) {
        if (w.pattern().isSparse()) {
            SparseMatmul.matmul(w, x, y, rows, panelFrom, panelTo, scratch);
            return;
        }
        VectorMatmul.matmul(w, x, y, rows, panelFrom, panelTo, scratch);
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
        requireActivations(x.precision());
        if (w.pattern().isSparse()) {
            SparseMatmul.matmul(w, x, y, rows, panelFrom, panelTo, scratch);
            return;
        }
        VectorMatmul.matmul(w, x, y, rows, panelFrom, panelTo, scratch);
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
        requireActivations(ActivationPrecision.BF16);
    }

    @Override
    public void add(FloatMatrix x, FloatMatrix y, int rowFrom, int rowTo) {
        VectorElementwise.add(x, y, rowFrom, rowTo);
    }

    @Override
    public void addBias(MemorySegment bias, FloatMatrix y, int rowFrom, int rowTo) {
        VectorElementwise.addBias(bias, y, rowFrom, rowTo);
    }

    @Override
    public void siluMultiply(FloatMatrix gate, FloatMatrix up, FloatMatrix y, int rows, int columnFrom, int columnTo) {
        VectorElementwise.siluMultiply(gate, up, y, rows, columnFrom, columnTo);
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
        VectorRope.rope(x, heads, headDimension, rotated, order, table, rows, rowFrom, rowTo);
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
        VectorKvWriter.writeKv(keys, values, layout, cache, layer, rows, rowFrom, rowTo);
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
        VectorAttention.attention(q, layout, cache, layer, rows, scale, y, heads, kvHead, rowFrom, rowTo, scratch);
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
        VectorAttention.attentionSpans(
                q, layout, cache, layer, rows, scale, partials, heads, kvHead, row, spanFrom, spanTo, slot, scratch);
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
        VectorAttention.mergeSpans(partials, slotFrom, slotTo, layout, y, heads, kvHead, row);
    }

    @Override
    public float logSumExp(FloatMatrix x, int row) {
        return VectorSoftmax.logSumExp(x, row);
    }

    @Override
    public int argMax(FloatMatrix x, int row) {
        return VectorSoftmax.argMax(x, row);
    }

    @Override
    public void softmax(FloatMatrix x, int row) {
        VectorSoftmax.softmax(x, row);
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
