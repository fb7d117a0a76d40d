// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

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

/**
 * The scalar oracle: each operation is its definition, an element at a time. Not fast, and not meant to be: it is what the
 * other kernels are compared with, and what runs where nothing else can.
 */
public final class ReferenceKernels implements Kernels {
    static final String ISA = "scalar";

    @Override
    public KernelInfo info() {
        return new KernelInfo("reference", ISA, 0);
    }

    @Override
    public long scratchBytes() {
        return 0;
    }

    @Override
    public Set<ActivationPrecision> activationPrecisions() {
        return EnumSet.allOf(ActivationPrecision.class);
    }

    @Override
    public void gather(PackedMatrix table, StepRows rows, FloatMatrix y, int rowFrom, int rowTo) {
        ReferenceMatmul.gather(table, rows, y, rowFrom, rowTo);
    }

    @Override
    public void rmsNorm(FloatMatrix x, MemorySegment weight, float epsilon, FloatMatrix y, int rowFrom, int rowTo) {
        ReferenceElementwise.rmsNorm(x, weight, epsilon, y, rowFrom, rowTo);
    }

    @Override
    public void quantizeRows(FloatMatrix x, QuantizedMatrix y, int rowFrom, int rowTo) {
        ReferenceQuantizer.quantizeRows(x, y, rowFrom, rowTo);
    }

    @Override
    public void roundRows(FloatMatrix x, Bfloat16Matrix y, int rowFrom, int rowTo) {
        ReferenceQuantizer.roundRows(x, y, rowFrom, rowTo);
    }

    @Override
    public void matmul(
            PackedMatrix w, FloatMatrix x, FloatMatrix y, int rows, int panelFrom, int panelTo, MemorySegment scratch) {
        ReferenceMatmul.matmul(w, x, y, rows, panelFrom, panelTo);
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
        ReferenceMatmul.matmul(w, x, y, rows, panelFrom, panelTo);
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
        ReferenceMatmul.matmul(w, x, y, rows, panelFrom, panelTo);
    }

    @Override
    public void add(FloatMatrix x, FloatMatrix y, int rowFrom, int rowTo) {
        ReferenceElementwise.add(x, y, rowFrom, rowTo);
    }

    @Override
    public void addBias(MemorySegment bias, FloatMatrix y, int rowFrom, int rowTo) {
        ReferenceElementwise.addBias(bias, y, rowFrom, rowTo);
    }

    @Override
    public void siluMultiply(FloatMatrix gate, FloatMatrix up, FloatMatrix y, int rows, int columnFrom, int columnTo) {
        ReferenceElementwise.siluMultiply(gate, up, y, rows, columnFrom, columnTo);
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
        ReferenceRope.rope(x, heads, headDimension, rotated, order, table, rows, rowFrom, rowTo);
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
        ReferenceAttention.writeKv(keys, values, layout, cache, layer, rows, rowFrom, rowTo);
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
        ReferenceAttention.attention(q, layout, cache, layer, rows, scale, y, heads, kvHead, rowFrom, rowTo);
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
        ReferenceAttention.attentionSpans(
                q, layout, cache, layer, rows, scale, partials, heads, kvHead, row, spanFrom, spanTo, slot);
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
        ReferenceAttention.mergeSpans(partials, slotFrom, slotTo, layout, y, heads, kvHead, row);
    }

    @Override
    public float logSumExp(FloatMatrix x, int row) {
        return ReferenceSoftmax.logSumExp(x, row);
    }

    @Override
    public int argMax(FloatMatrix x, int row) {
        return ReferenceSoftmax.argMax(x, row);
    }

    @Override
    public void softmax(FloatMatrix x, int row) {
        ReferenceSoftmax.softmax(x, row);
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
