// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadFloats;

import dev.dendra.kernels.StepRows;
import dev.dendra.kernels.reference.PanelReader;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Products with packed weights. A single row dequantises in registers; several rows share a stretch of two strips that
 * is dequantised once into scratch, small enough to stay in the first-level cache.
 */
final class VectorMatmul {
    /** Inputs of a stretch: two strips of 64-byte lines take 24 KiB. */
    static final int STRETCH = 192;

    static final long STRETCH_BYTES = (long) STRETCH * PanelLayout.LINE_BYTES;

    /** Unpacked rows of the integer product that are worth keeping at once: they should stay in cache. */
    static final long UNPACKED_BYTES = 64 << 10;

    private VectorMatmul() {}

    /** Scratch bytes that a worker needs. */
    static long scratchBytes() {
        return Math.max(SparseMatmul.SCRATCH_BYTES, Math.max(2 * STRETCH_BYTES, IntegerMultiply.SCRATCH_BYTES));
    }

    /** See {@link dev.dendra.kernels.Kernels#gather}. */
    static void gather(PackedMatrix table, StepRows rows, FloatMatrix y, int rowFrom, int rowTo) {
        PanelReader reader = new PanelReader(table);
        for (int row = rowFrom; row < rowTo; row++) {
            int token = rows.token(row);
            for (int k = 0; k < table.columns(); k++) {
                y.set(row, k, reader.weight(token, k));
            }
        }
    }

    /** See {@link dev.dendra.kernels.Kernels#matmul(PackedMatrix, FloatMatrix, FloatMatrix, int, int, int, MemorySegment)}. */
    static void matmul(
            PackedMatrix w, FloatMatrix x, FloatMatrix y, int rows, int panelFrom, int panelTo, MemorySegment scratch) {
        // Strips of the slice's two halves are paired: memory is then read in two long streams, which the processor's
        // prefetchers follow from panel to panel.
        int first = panelFrom * PanelStrips.PER_PANEL;
        int strips = panelTo * PanelStrips.PER_PANEL - first;
        int half = (strips + 1) / 2;
        for (int i = 0; i < half; i++) {
            // An odd last strip is paired with itself: both halves write the same results.
            strips(w, first + i, Math.min(first + half + i, first + strips - 1), x, y, rows, scratch);
        }
    }

    private static void strips(
            PackedMatrix w, int a, int b, FloatMatrix x, FloatMatrix y, int rows, MemorySegment scratch) {
        long yStride = y.stride() * 4L;
        long ya = PanelStrips.outputs(a);
        long yb = PanelStrips.outputs(b);
        clear(y.segment(), ya, yb, yStride, rows);
        if (rows == 1) {
            long wa = PanelStrips.offset(w.layout(), a);
            long wb = PanelStrips.offset(w.layout(), b);
            SingleRowMultiply.strips(
                    w.encoding(), w.segment(), wa, wb, w.layout().paddedColumns(), x.segment(), 0, y.segment(), ya, yb);
        } else {
            manyRows(w, a, b, x, y, ya, yb, rows, scratch);
        }
        if (w.encoding() == Encoding.I8) {
            scale(w.segment(), PanelStrips.offset(w.layout(), a), y.segment(), ya, yStride, rows);
            if (b != a) {
                scale(w.segment(), PanelStrips.offset(w.layout(), b), y.segment(), yb, yStride, rows);
            }
        }
    }

    private static void manyRows(
            PackedMatrix w,
            int a,
            int b,
            FloatMatrix x,
            FloatMatrix y,
            long ya,
            long yb,
            int rows,
            MemorySegment scratch) {
        PanelLayout layout = w.layout();
        int columns = layout.paddedColumns();
        long xStride = x.stride() * 4L;
        long yStride = y.stride() * 4L;
        for (int from = 0; from < columns; from += STRETCH) {
            int count = Math.min(STRETCH, columns - from);
            long x0 = from * 4L;
            long wa = PanelStrips.offset(layout, a) + layout.lineOffset(from);
            long wb = PanelStrips.offset(layout, b) + layout.lineOffset(from);
            if (w.encoding() == Encoding.F32) {
                RowBlockMultiply.rows(
                        w.segment(), wa, wb, count, x.segment(), x0, xStride, y.segment(), ya, yb, yStride, rows);
            } else {
                WeightExpansion.expand(w.encoding(), w.segment(), wa, count, scratch, 0);
                WeightExpansion.expand(w.encoding(), w.segment(), wb, count, scratch, STRETCH_BYTES);
                RowBlockMultiply.rows(
                        scratch, 0, STRETCH_BYTES, count, x.segment(), x0, xStride, y.segment(), ya, yb, yStride, rows);
            }
        }
    }

    /** Zeros in two strips of the results. */
    static void clear(MemorySegment y, long ya, long yb, long yStride, int rows) {
        FloatVector zero = FloatVector.zero(FLOATS);
        for (int row = 0; row < rows; row++) {
            zero.intoMemorySegment(y, ya + row * yStride, ORDER);
            zero.intoMemorySegment(y, yb + row * yStride, ORDER);
        }
    }

    /** Multiplies a strip of the results by its scales, in single precision. */
    static void scale(MemorySegment w, long scales, MemorySegment y, long to, long yStride, int rows) {
        FloatVector scale = loadFloats(w, scales);
        for (int row = 0; row < rows; row++) {
            loadFloats(y, to + row * yStride).mul(scale).intoMemorySegment(y, to + row * yStride, ORDER);
        }
    }

    /**
     * See {@link dev.dendra.kernels.Kernels#matmul(PackedMatrix, QuantizedMatrix, FloatMatrix, int, int, int,
     * MemorySegment)}.
     */
    static void matmul(
            PackedMatrix w,
            QuantizedMatrix x,
            FloatMatrix y,
            int rows,
            int panelFrom,
            int panelTo,
            MemorySegment scratch) {
        int stripTo = panelTo * PanelStrips.PER_PANEL;
        int stride = x.stride();
        long unpackedBytes = IntegerMultiply.unpackedBytes(stride);
        int block = Math.clamp(UNPACKED_BYTES / unpackedBytes, 1, rows);
        for (int first = 0; first < rows; first += block) {
            int last = Math.min(first + block, rows);
            unpack(x, first, last, scratch);
            for (int strip = panelFrom * PanelStrips.PER_PANEL; strip < stripTo; strip++) {
                long panel = PanelStrips.offset(w.layout(), strip);
                for (int row = first; row < last; row++) {
                    long to = row * (y.stride() * 4L) + PanelStrips.outputs(strip);
                    long pairs = (row - first) * unpackedBytes;
                    IntVector.zero(INTS).intoMemorySegment(y.segment(), to, ORDER);
                    IntegerMultiply.add(
                            w.encoding(),
                            w.segment(),
                            panel,
                            stride,
                            x.scales(),
                            x.scaleIndex(row, 0) * 4,
                            x.plane().sums(),
                            x.scaleIndex(row, 0) * 4,
                            scratch,
                            pairs,
                            pairs + stride,
                            y.segment(),
                            to);
                    if (w.encoding() == Encoding.I8) {
                        float scale = x.scales().getAtIndex(ValueLayout.JAVA_FLOAT, row);
                        IntegerMultiply.scale(w.segment(), panel, scale, y.segment(), to);
                    }
                }
            }
        }
    }

    /** Unpacks rows, one after the other, to the start of scratch. */
    static void unpack(QuantizedMatrix x, int rowFrom, int rowTo, MemorySegment scratch) {
        MemorySegment codes = x.plane().codes();
        long unpackedBytes = IntegerMultiply.unpackedBytes(x.stride());
        for (int row = rowFrom; row < rowTo; row++) {
            long to = (row - rowFrom) * unpackedBytes;
            IntegerMultiply.unpack(codes, (long) row * x.stride(), x.stride(), scratch, to);
        }
    }
}
