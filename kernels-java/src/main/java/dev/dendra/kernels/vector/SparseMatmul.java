// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.sparse.SparseLayout;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.IntVector;

/**
 * Products with sparse matrices, by the kernels for dense ones. Where a panel behind its masks is a dense one of fewer
 * inputs, these read it in place and the activations of its live inputs are gathered, which saves work as well as bytes.
 * Otherwise a stretch of the panel that stays in the first-level cache is expanded, or for a single row at 512 bits, lines
 * in registers.
 */
final class SparseMatmul {
    private static final int STRIPS = PanelStrips.PER_PANEL;
    private static final long LINE = PanelLayout.LINE_BYTES;

    /** Inputs that are expanded at once, but for several rows of single precision. */
    private static final int STRETCH = 512;

    /** Bytes of an expanded stretch, in its widest encoding, and lines of scales. */
    private static final long IMAGE_BYTES = STRETCH * 2L * PanelLayout.PANEL_ROWS + LINE;

    private static final long TABLE_BYTES = SparseLayout.MAXIMUM_COLUMNS;
    private static final long ROW_BYTES = (long) SparseLayout.MAXIMUM_COLUMNS * Float.BYTES;

    // What products in single precision have in scratch.
    private static final long DEQUANTISED = 0;
    private static final long IMAGE_A = DEQUANTISED + 2 * VectorMatmul.STRETCH_BYTES;
    private static final long IMAGE_B = IMAGE_A + IMAGE_BYTES;
    private static final long TABLE_A = IMAGE_B + IMAGE_BYTES;
    private static final long TABLE_B = TABLE_A + TABLE_BYTES;
    private static final long ROW_A = TABLE_B + TABLE_BYTES;
    private static final long ROW_B = ROW_A + ROW_BYTES;

    // What integer products have there, behind unpacked rows and their dot products.
    private static final long TABLE = IntegerMultiply.SCRATCH_BYTES;
    private static final long CODES = TABLE + TABLE_BYTES;
    private static final long SCALES = CODES + SparseLayout.MAXIMUM_COLUMNS;
    private static final long SUMS = SCALES + SparseLayout.MAXIMUM_COLUMNS / 8;
    private static final long IMAGE = SUMS + SparseLayout.MAXIMUM_COLUMNS / 8;

    /** Scratch bytes that a worker needs. */
    static final long SCRATCH_BYTES = Math.max(ROW_B + ROW_BYTES, IMAGE + IMAGE_BYTES);

    private SparseMatmul() {}

    /** Panels of the slice's two halves are paired, as {@link VectorMatmul} pairs strips. */
    static void matmul(
            PackedMatrix w, FloatMatrix x, FloatMatrix y, int rows, int panelFrom, int panelTo, MemorySegment scratch) {
        SparseLayout layout = SparseLayout.of(w);
        int half = (panelTo - panelFrom + 1) / 2;
        for (int i = 0; i < half; i++) {
            int a = panelFrom + i;
            int b = Math.min(a + half, panelTo - 1);
            clear(a, y, rows);
            clear(b, y, rows);
            if (rows == 1 && isExpandedInRegisters(w.pattern())) {
                expandedRow(w, layout, a, b, x, y);
            } else if (!layout.isCompact()) {
                expanded(w, layout, a, b, x, y, rows, scratch);
            } else if (rows == 1) {
                gatheredRow(w, layout, a, b, x, y, scratch);
            } else {
                gatheredRows(w, layout, a, x, y, rows, scratch);
                if (b != a) {
                    gatheredRows(w, layout, b, x, y, rows, scratch);
                }
            }
            if (w.encoding() == Encoding.I8) {
                scale(w, layout, a, y, rows);
                if (b != a) {
                    scale(w, layout, b, y, rows);
                }
            }
        }
    }

    private static void clear(int panel, FloatMatrix y, int rows) {
        for (int strip = panel * STRIPS; strip < (panel + 1) * STRIPS; strip++) {
            long to = PanelStrips.outputs(strip);
            VectorMatmul.clear(y.segment(), to, to, y.stride() * 4L, rows);
        }
    }

    private static void scale(PackedMatrix w, SparseLayout layout, int panel, FloatMatrix y, int rows) {
        long scales = layout.panelOffset(w.segment(), panel) + layout.maskBytes();
        for (int strip = 0; strip < STRIPS; strip++) {
            long to = PanelStrips.outputs(panel * STRIPS + strip);
            VectorMatmul.scale(w.segment(), scales + strip * (long) BYTES, y.segment(), to, y.stride() * 4L, rows);
        }
    }

    private static boolean isExpandedInRegisters(Pattern pattern) {
        return switch (pattern) {
            case UNSTRUCTURED -> CodeRowMultiply.AVAILABLE;
            case QUADS -> QuadRowMultiply.AVAILABLE;
            case DENSE, LINES, TILES -> false;
        };
    }

    private static void expandedRow(PackedMatrix w, SparseLayout layout, int a, int b, FloatMatrix x, FloatMatrix y) {
        MemorySegment s = w.segment();
        long masksA = layout.panelOffset(s, a);
        long masksB = layout.panelOffset(s, b);
        long fromA = firstCode(w, layout, a);
        long fromB = firstCode(w, layout, b);
        int columns = w.layout().paddedColumns();
        long ya = PanelStrips.outputs(a);
        long yb = PanelStrips.outputs(b);
        if (w.pattern() == Pattern.QUADS) {
            QuadRowMultiply.panels(
                    w.encoding(), s, masksA, masksB, fromA, fromB, columns, x.segment(), y.segment(), ya, yb);
        } else {
            CodeRowMultiply.panels(
                    w.encoding(), s, masksA, masksB, fromA, fromB, columns, x.segment(), y.segment(), ya, yb);
        }
    }

    private static void expanded(
            PackedMatrix w,
            SparseLayout layout,
            int a,
            int b,
            FloatMatrix x,
            FloatMatrix y,
            int rows,
            MemorySegment scratch) {
        int columns = w.layout().paddedColumns();
        int stretch = rows == 1 ? STRETCH : VectorMatmul.STRETCH;
        long imageB = a == b ? IMAGE_A : IMAGE_B;
        long fromA = firstCode(w, layout, a);
        long fromB = firstCode(w, layout, b);
        for (int k = 0; k < columns; k += stretch) {
            int count = Math.min(stretch, columns - k);
            fromA = expand(w, layout, a, k, count, fromA, scratch, IMAGE_A);
            if (a != b) {
                fromB = expand(w, layout, b, k, count, fromB, scratch, IMAGE_B);
            }
            for (int strip = 0; strip < STRIPS; strip++) {
                long imageStripA = IMAGE_A + strip * (long) BYTES;
                long imageStripB = imageB + strip * (long) BYTES;
                long ya = PanelStrips.outputs(a * STRIPS + strip);
                long yb = PanelStrips.outputs(b * STRIPS + strip);
                if (rows == 1) {
                    SingleRowMultiply.strips(
                            w.encoding(),
                            scratch,
                            imageStripA,
                            imageStripB,
                            count,
                            x.segment(),
                            k * 4L,
                            y.segment(),
                            ya,
                            yb);
                } else {
                    multiplyRows(w, imageStripA, imageStripB, k, count, x, y, ya, yb, rows, scratch);
                }
            }
        }
    }

    private static void multiplyRows(
            PackedMatrix w,
            long imageA,
            long imageB,
            int k,
            int count,
            FloatMatrix x,
            FloatMatrix y,
            long ya,
            long yb,
            int rows,
            MemorySegment scratch) {
        long codes = w.layout().blockCodesOffset();
        long dequantisedB = imageA == imageB ? DEQUANTISED : DEQUANTISED + VectorMatmul.STRETCH_BYTES;
        WeightExpansion.expand(w.encoding(), scratch, imageA + codes, count, scratch, DEQUANTISED);
        if (imageA != imageB) {
            WeightExpansion.expand(w.encoding(), scratch, imageB + codes, count, scratch, dequantisedB);
        }
        RowBlockMultiply.rows(
                scratch,
                DEQUANTISED,
                dequantisedB,
                count,
                x.segment(),
                k * 4L,
                x.stride() * 4L,
                y.segment(),
                ya,
                yb,
                y.stride() * 4L,
                rows);
    }

    /** What is stored of the first quad-line: the scales before it, but for {@code i8}, whose only ones are no part of it. */
    private static long firstCode(PackedMatrix w, SparseLayout layout, int panel) {
        return layout.panelOffset(w.segment(), panel) + layout.maskBytes() + (w.encoding() == Encoding.I8 ? LINE : 0);
    }

    /** Expands inputs {@code k .. k + count} to byte {@code to}; returns where what is stored of the next ones begins. */
    private static long expand(
            PackedMatrix w,
            SparseLayout layout,
            int panel,
            int k,
            int count,
            long from,
            MemorySegment scratch,
            long to) {
        MemorySegment s = w.segment();
        long masks = layout.panelOffset(s, panel);
        int quad = k / 4;
        int quads = count / 4;
        return switch (layout.pattern()) {
            case UNSTRUCTURED ->
                ByteExpansion.AVAILABLE
                        ? ByteExpansion.expand(w.encoding(), s, masks + quad * 8L, from, quads, scratch, to)
                        : CodeExpansion.expand(w.encoding(), s, masks + quad * 8L, from, quads, scratch, to);
            case QUADS -> QuadExpansion.expand(w.encoding(), s, masks + quad * 2L, from, quads, scratch, to);
            case LINES -> LineExpansion.expand(w.encoding(), s, masks + quad / 8, from, quads, scratch, to);
            case TILES, DENSE -> throw new AssertionError(layout.pattern());
        };
    }

    private static void gatheredRow(
            PackedMatrix w, SparseLayout layout, int a, int b, FloatMatrix x, FloatMatrix y, MemorySegment scratch) {
        int countA = gatherRow(w, layout, a, x, scratch, TABLE_A, ROW_A);
        int countB = gatherRow(w, layout, b, x, scratch, TABLE_B, ROW_B);
        int both = Math.min(countA, countB);
        multiplyRow(w, layout, a, ROW_A, b, ROW_B, 0, both, y, scratch);
        // What one of them has more is computed twice.
        if (countA > both) {
            multiplyRow(w, layout, a, ROW_A, a, ROW_A, both, countA, y, scratch);
        } else if (countB > both) {
            multiplyRow(w, layout, b, ROW_B, b, ROW_B, both, countB, y, scratch);
        }
    }

    /** Gathers the activations of a panel's live inputs; returns how many these are. */
    private static int gatherRow(
            PackedMatrix w,
            SparseLayout layout,
            int panel,
            FloatMatrix x,
            MemorySegment scratch,
            long table,
            long row) {
        long masks = layout.panelOffset(w.segment(), panel);
        int units = LiveInputs.listUnits(w.segment(), masks, (int) layout.maskBits(), scratch, table);
        LiveInputs.gatherFloats(w.pattern(), x.segment(), 0, scratch, table, units, row);
        return units * w.pattern().blockColumns();
    }

    private static void multiplyRow(
            PackedMatrix w,
            SparseLayout layout,
            int a,
            long rowA,
            int b,
            long rowB,
            int from,
            int to,
            FloatMatrix y,
            MemorySegment scratch) {
        long first =
                layout.maskBytes() + w.layout().lineOffset(from) - w.layout().blockCodesOffset();
        long wa = layout.panelOffset(w.segment(), a) + first;
        long wb = layout.panelOffset(w.segment(), b) + first;
        for (int strip = 0; strip < STRIPS; strip++) {
            TwoRowMultiply.strips(
                    w.encoding(),
                    w.segment(),
                    wa + strip * (long) BYTES,
                    wb + strip * (long) BYTES,
                    to - from,
                    scratch,
                    rowA + from * 4L,
                    rowB + from * 4L,
                    y.segment(),
                    PanelStrips.outputs(a * STRIPS + strip),
                    PanelStrips.outputs(b * STRIPS + strip));
        }
    }

    private static void gatheredRows(
            PackedMatrix w,
            SparseLayout layout,
            int panel,
            FloatMatrix x,
            FloatMatrix y,
            int rows,
            MemorySegment scratch) {
        long masks = layout.panelOffset(w.segment(), panel);
        int bits = (int) layout.maskBits();
        if (w.pattern() == Pattern.LINES) {
            int quads = LiveInputs.listQuads(w.segment(), masks, bits, scratch, TABLE_A);
            lines(w, masks + layout.maskBytes(), panel, 4 * quads, x, y, rows, scratch);
        } else {
            int tiles = LiveInputs.listUnits(w.segment(), masks, bits, scratch, TABLE_A);
            tiles(w, masks + layout.maskBytes(), panel, tiles, x, y, rows, scratch);
        }
    }

    private static void lines(
            PackedMatrix w,
            long codes,
            int panel,
            int columns,
            FloatMatrix x,
            FloatMatrix y,
            int rows,
            MemorySegment scratch) {
        for (int k = 0; k < columns; k += VectorMatmul.STRETCH) {
            int count = Math.min(VectorMatmul.STRETCH, columns - k);
            for (int strip = 0; strip < STRIPS; strip++) {
                long lines = codes + w.layout().lineOffset(k) + strip * (long) BYTES;
                WeightExpansion.expand(w.encoding(), w.segment(), lines, count, scratch, DEQUANTISED);
                GatheredRowMultiply.rows(
                        scratch,
                        DEQUANTISED,
                        TABLE_A + k,
                        count,
                        x.segment(),
                        x.stride() * 4L,
                        y.segment(),
                        PanelStrips.outputs(panel * STRIPS + strip),
                        y.stride() * 4L,
                        rows);
            }
        }
    }

    private static void tiles(
            PackedMatrix w,
            long codes,
            int panel,
            int tiles,
            FloatMatrix x,
            FloatMatrix y,
            int rows,
            MemorySegment scratch) {
        int count = w.pattern().blockColumns();
        for (int i = 0; i < tiles; i++) {
            long x0 = (long) LiveInputs.unit(scratch, TABLE_A, i) * count * Float.BYTES;
            for (int strip = 0; strip < STRIPS; strip++) {
                long lines = codes + w.layout().lineOffset(i * count) + strip * (long) BYTES;
                WeightExpansion.expand(w.encoding(), w.segment(), lines, count, scratch, DEQUANTISED);
                StripRowMultiply.rows(
                        scratch,
                        DEQUANTISED,
                        count,
                        x.segment(),
                        x0,
                        x.stride() * 4L,
                        y.segment(),
                        PanelStrips.outputs(panel * STRIPS + strip),
                        y.stride() * 4L,
                        rows);
            }
        }
    }

    /** Rows in blocks whose unpacked activations stay in cache. */
    static void matmul(
            PackedMatrix w,
            QuantizedMatrix x,
            FloatMatrix y,
            int rows,
            int panelFrom,
            int panelTo,
            MemorySegment scratch) {
        SparseLayout layout = SparseLayout.of(w);
        long unpackedBytes = IntegerMultiply.unpackedBytes(x.stride());
        int block = Math.clamp(VectorMatmul.UNPACKED_BYTES / unpackedBytes, 1, rows);
        for (int first = 0; first < rows; first += block) {
            int last = Math.min(first + block, rows);
            if (!layout.isCompact()) {
                VectorMatmul.unpack(x, first, last, scratch);
            }
            for (int panel = panelFrom; panel < panelTo; panel++) {
                clearDots(panel, y, first, last);
                if (layout.isCompact()) {
                    gathered(w, layout, panel, x, first, last, y, scratch);
                } else {
                    expanded(w, layout, panel, x, first, last, y, scratch);
                }
                if (w.encoding() == Encoding.I8) {
                    scaleDots(w, layout, panel, x, first, last, y);
                }
            }
        }
    }

    private static void clearDots(int panel, FloatMatrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            for (int strip = panel * STRIPS; strip < (panel + 1) * STRIPS; strip++) {
                IntVector.zero(INTS)
                        .intoMemorySegment(y.segment(), row * (y.stride() * 4L) + PanelStrips.outputs(strip), ORDER);
            }
        }
    }

    private static void scaleDots(
            PackedMatrix w, SparseLayout layout, int panel, QuantizedMatrix x, int rowFrom, int rowTo, FloatMatrix y) {
        long scales = layout.panelOffset(w.segment(), panel) + layout.maskBytes();
        for (int row = rowFrom; row < rowTo; row++) {
            float scale = x.scales().getAtIndex(ValueLayout.JAVA_FLOAT, row);
            for (int strip = 0; strip < STRIPS; strip++) {
                long to = row * (y.stride() * 4L) + PanelStrips.outputs(panel * STRIPS + strip);
                IntegerMultiply.scale(w.segment(), scales + strip * (long) BYTES, scale, y.segment(), to);
            }
        }
    }

    private static void expanded(
            PackedMatrix w,
            SparseLayout layout,
            int panel,
            QuantizedMatrix x,
            int rowFrom,
            int rowTo,
            FloatMatrix y,
            MemorySegment scratch) {
        int columns = w.layout().paddedColumns();
        long unpackedBytes = IntegerMultiply.unpackedBytes(columns);
        long from = firstCode(w, layout, panel);
        for (int k = 0; k < columns; k += STRETCH) {
            int count = Math.min(STRETCH, columns - k);
            from = expand(w, layout, panel, k, count, from, scratch, IMAGE);
            for (int strip = 0; strip < STRIPS; strip++) {
                for (int row = rowFrom; row < rowTo; row++) {
                    long pairs = (row - rowFrom) * unpackedBytes + k;
                    IntegerMultiply.add(
                            w.encoding(),
                            scratch,
                            IMAGE + strip * (long) BYTES,
                            count,
                            x.scales(),
                            x.scaleIndex(row, k) * 4,
                            x.plane().sums(),
                            x.scaleIndex(row, k) * 4,
                            scratch,
                            pairs,
                            pairs + columns,
                            y.segment(),
                            row * (y.stride() * 4L) + PanelStrips.outputs(panel * STRIPS + strip));
                }
            }
        }
    }

    private static void gathered(
            PackedMatrix w,
            SparseLayout layout,
            int panel,
            QuantizedMatrix x,
            int rowFrom,
            int rowTo,
            FloatMatrix y,
            MemorySegment scratch) {
        long masks = layout.panelOffset(w.segment(), panel);
        int units = LiveInputs.listUnits(w.segment(), masks, (int) layout.maskBits(), scratch, TABLE);
        int count = units * w.pattern().blockColumns();
        int columns = PanelLayout.paddedColumns(count);
        boolean groups = x.group() > 0;
        for (int row = rowFrom; row < rowTo; row++) {
            LiveInputs.gatherCodes(
                    w.pattern(), x.plane().codes(), (long) row * x.stride(), scratch, TABLE, units, CODES);
            IntegerMultiply.unpack(scratch, CODES, columns, scratch, 0);
            if (groups) {
                long group0 = x.scaleIndex(row, 0) * 4;
                LiveInputs.gatherGroups(x.scales(), group0, scratch, TABLE, units, SCALES);
                LiveInputs.gatherGroups(x.plane().sums(), group0, scratch, TABLE, units, SUMS);
            }
            for (int strip = 0; strip < STRIPS; strip++) {
                IntegerMultiply.add(
                        w.encoding(),
                        w.segment(),
                        masks + layout.maskBytes() + strip * (long) BYTES,
                        count,
                        scratch,
                        SCALES,
                        scratch,
                        SUMS,
                        scratch,
                        0,
                        columns,
                        y.segment(),
                        row * (y.stride() * 4L) + PanelStrips.outputs(panel * STRIPS + strip));
            }
        }
    }
}
