// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

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
import java.util.Set;

/** The operations on a row of logits, in double precision where it matters; the engine uses no others. */
final class RowKernels implements Kernels {

    @Override
    public float logSumExp(FloatMatrix x, int row) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < x.columns(); i++) {
            largest = Math.max(largest, x.get(row, i));
        }
        double sum = 0;
        for (int i = 0; i < x.columns(); i++) {
            sum += Math.exp(x.get(row, i) - largest);
        }
        return (float) (largest + Math.log(sum));
    }

    @Override
    public int argMax(FloatMatrix x, int row) {
        int best = 0;
        for (int i = 1; i < x.columns(); i++) {
            if (x.get(row, i) > x.get(row, best) || (Float.isNaN(x.get(row, best)) && !Float.isNaN(x.get(row, i)))) {
                best = i;
            }
        }
        return best;
    }

    @Override
    public void softmax(FloatMatrix x, int row) {
        float normalizer = logSumExp(x, row);
        for (int i = 0; i < x.columns(); i++) {
            x.set(row, i, (float) Math.exp(x.get(row, i) - (double) normalizer));
        }
    }

    @Override
    public KernelInfo info() {
        return new KernelInfo("test", "scalar", 0);
    }

    @Override
    public long scratchBytes() {
        return 0;
    }

    @Override
    public void gather(PackedMatrix table, StepRows rows, FloatMatrix y, int rowFrom, int rowTo) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void rmsNorm(FloatMatrix x, MemorySegment weight, float epsilon, FloatMatrix y, int rowFrom, int rowTo) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void quantizeRows(FloatMatrix x, QuantizedMatrix y, int rowFrom, int rowTo) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<ActivationPrecision> activationPrecisions() {
        return Set.of();
    }

    @Override
    public void roundRows(FloatMatrix x, Bfloat16Matrix y, int rowFrom, int rowTo) {
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }

    @Override
    public void matmul(
            PackedMatrix w, FloatMatrix x, FloatMatrix y, int rows, int panelFrom, int panelTo, MemorySegment scratch) {
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }

    @Override
    public void add(FloatMatrix x, FloatMatrix y, int rowFrom, int rowTo) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void addBias(MemorySegment bias, FloatMatrix y, int rowFrom, int rowTo) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void siluMultiply(FloatMatrix gate, FloatMatrix up, FloatMatrix y, int rows, int columnFrom, int columnTo) {
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
