// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.SHORTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadFloats;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadInts;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadShorts;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Rows of int8 activations by integer weights, multiplied in 16-bit lanes, since the Vector API has no dot product.
 *
 * <p>A 16-bit lane of a line holds two codes of one output. Those at even places meet activations 0 and 2 of the quad,
 * those at odd places 1 and 3; the row is first unpacked into such pairs, all even pairs first. No product overflows: two signed products are at most 2 * 128 * 127, and the 16 of
 * a u4 group at most 16 * 15 * 127.
 */
final class IntegerMultiply {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long LINE = PanelLayout.LINE_BYTES;

    /** Widest row that scratch has room for, unpacked. */
    static final int LARGEST_COLUMNS = 1 << 17;

    private static final long DOTS_OFFSET = unpackedBytes(LARGEST_COLUMNS);

    /** Scratch: unpacked rows, then a dot product for each 16 inputs. */
    static final long SCRATCH_BYTES = DOTS_OFFSET + LARGEST_COLUMNS / 16L * BYTES;

    private IntegerMultiply() {}

    /** Scratch bytes of an unpacked row of {@code paddedColumns}. */
    static long unpackedBytes(int paddedColumns) {
        return paddedColumns * 2L;
    }

    /** Unpacks a row of {@code columns} codes, a multiple of 64, from byte {@code from} to byte {@code to}. */
    static void unpack(MemorySegment codes, long from, int columns, MemorySegment scratch, long to) {
        long odd = to + columns;
        for (int k = 0; k < columns; k += BYTES) {
            ShortVector pairs = loadShorts(codes, from + k);
            pairs.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 8)
                    .intoMemorySegment(scratch, to + k, ORDER);
            pairs.lanewise(VectorOperators.ASHR, 8).intoMemorySegment(scratch, odd + k, ORDER);
        }
    }

    /**
     * Adds the products of a row and a strip to what {@code to} holds: with encoding {@code i8} the exact dot product, as
     * integers, which {@link #scale} finishes; otherwise results.
     *
     * @param first a strip's part of the block of weights that the first input is in, its line of scales first
     * @param count inputs, a multiple of 4, or of the group where the encoding has groups
     * @param scale0 bytes from the start of {@code activationScales} to the first input's
     * @param sum0 the same of the sums
     * @param even the row's unpacked pairs of even places, from the first input on
     * @param odd those of odd places
     */
    static void add(
            Encoding encoding,
            MemorySegment w,
            long first,
            int count,
            MemorySegment activationScales,
            long scale0,
            MemorySegment activationSums,
            long sum0,
            MemorySegment scratch,
            long even,
            long odd,
            MemorySegment y,
            long to) {
        switch (encoding) {
            case I8 -> i8(w, first + LINE, count / 4, scratch, even, odd, y, to);
            case I8G32 -> i8g32(w, first, count, activationScales, scale0, scratch, even, odd, y, to);
            case U4G32 ->
                u4g32(w, first, count, activationScales, scale0, activationSums, sum0, scratch, even, odd, y, to);
            case F32, BF16 -> throw new IllegalArgumentException(encoding.id() + " weights have no integer product");
        }
    }

    /** Turns exact dot products with weights of encoding {@code i8} into results. */
    static void scale(MemorySegment w, long scales, float activationScale, MemorySegment y, long to) {
        FloatVector scale = loadFloats(w, scales).mul(activationScale);
        ((FloatVector) loadInts(y, to).convertShape(VectorOperators.I2F, FLOATS, 0))
                .mul(scale)
                .intoMemorySegment(y, to, ORDER);
    }

    private static void i8(
            MemorySegment w,
            long first,
            int lines,
            MemorySegment scratch,
            long even,
            long odd,
            MemorySegment y,
            long to) {
        IntVector dot = loadInts(y, to);
        for (int line = 0; line < lines; line++) {
            ShortVector v;
            IntVector products;
            v = ShortVector.fromMemorySegment(SHORTS, w, first + line * LINE, ORDER);
            products = v.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 8)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, even + line * 4L))
                            .reinterpretAsShorts())
                    .add(v.lanewise(VectorOperators.ASHR, 8)
                            .mul(IntVector.broadcast(INTS, scratch.get(INT, odd + line * 4L))
                                    .reinterpretAsShorts()))
                    .reinterpretAsInts();
            dot = dot.add(products.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(products.lanewise(VectorOperators.ASHR, 16));
        }
        dot.intoMemorySegment(y, to, ORDER);
    }

    /**
     * In two passes, the integer dot products of half groups and then their scaled sum: one loop body of both is more
     * than the JIT's first tier can allocate registers for, and is then left to the interpreter.
     */
    private static void i8g32(
            MemorySegment w,
            long first,
            int columns,
            MemorySegment activationScales,
            long scale0,
            MemorySegment scratch,
            long even,
            long odd,
            MemorySegment y,
            long to) {
        for (int half = 0; half < columns / 16; half++) {
            // A line of scales before every sixteen of codes.
            long line = first + LINE + half * (4 * LINE) + (half >> 2) * LINE;
            long pairs = even + half * 16L;
            long others = odd + half * 16L;
            IntVector dot = IntVector.zero(INTS);
            ShortVector v;
            IntVector products;
            v = ShortVector.fromMemorySegment(SHORTS, w, line, ORDER);
            products = v.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 8)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs)).reinterpretAsShorts())
                    .add(v.lanewise(VectorOperators.ASHR, 8)
                            .mul(IntVector.broadcast(INTS, scratch.get(INT, others))
                                    .reinterpretAsShorts()))
                    .reinterpretAsInts();
            dot = dot.add(products.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(products.lanewise(VectorOperators.ASHR, 16));
            v = ShortVector.fromMemorySegment(SHORTS, w, line + LINE, ORDER);
            products = v.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 8)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs + 4)).reinterpretAsShorts())
                    .add(v.lanewise(VectorOperators.ASHR, 8)
                            .mul(IntVector.broadcast(INTS, scratch.get(INT, others + 4))
                                    .reinterpretAsShorts()))
                    .reinterpretAsInts();
            dot = dot.add(products.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(products.lanewise(VectorOperators.ASHR, 16));
            v = ShortVector.fromMemorySegment(SHORTS, w, line + 2 * LINE, ORDER);
            products = v.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 8)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs + 8)).reinterpretAsShorts())
                    .add(v.lanewise(VectorOperators.ASHR, 8)
                            .mul(IntVector.broadcast(INTS, scratch.get(INT, others + 8))
                                    .reinterpretAsShorts()))
                    .reinterpretAsInts();
            dot = dot.add(products.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(products.lanewise(VectorOperators.ASHR, 16));
            v = ShortVector.fromMemorySegment(SHORTS, w, line + 3 * LINE, ORDER);
            products = v.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 8)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs + 12)).reinterpretAsShorts())
                    .add(v.lanewise(VectorOperators.ASHR, 8)
                            .mul(IntVector.broadcast(INTS, scratch.get(INT, others + 12))
                                    .reinterpretAsShorts()))
                    .reinterpretAsInts();
            dot = dot.add(products.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(products.lanewise(VectorOperators.ASHR, 16));
            dot.intoMemorySegment(scratch, DOTS_OFFSET + half * (long) BYTES, ORDER);
        }
        FloatVector sum = loadFloats(y, to);
        for (int group = 0; group < columns / 32; group++) {
            long dots = DOTS_OFFSET + group * (2L * BYTES);
            IntVector dot = loadInts(scratch, dots).add(loadInts(scratch, dots + BYTES));
            FloatVector a = FloatVector.broadcast(FLOATS, activationScales.get(FLOAT, scale0 + group * 4L));
            FloatVector scale = HalfFloats.high(loadInts(w, first + (group >> 1) * (17 * LINE))
                    .lanewise(VectorOperators.LSHL, (group & 1) == 0 ? 16 : 0));
            sum = a.fma(scale.mul((FloatVector) dot.convertShape(VectorOperators.I2F, FLOATS, 0)), sum);
        }
        sum.intoMemorySegment(y, to, ORDER);
    }

    private static void u4g32(
            MemorySegment w,
            long first,
            int columns,
            MemorySegment activationScales,
            long scale0,
            MemorySegment activationSums,
            long sum0,
            MemorySegment scratch,
            long even,
            long odd,
            MemorySegment y,
            long to) {
        FloatVector sum = loadFloats(y, to);
        for (int group = 0; group < columns / 32; group++) {
            long line = first + LINE + group * (5 * LINE);
            long pairs = even + group * 32L;
            long others = odd + group * 32L;
            ShortVector sums = ShortVector.zero(SHORTS);
            ShortVector v;
            v = ShortVector.fromMemorySegment(SHORTS, w, line, ORDER);
            sums = sums.add(v.and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs)).reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 8)
                    .and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, others)).reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 4)
                    .and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs + 4)).reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 12)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, others + 4)).reinterpretAsShorts()));
            v = ShortVector.fromMemorySegment(SHORTS, w, line + LINE, ORDER);
            sums = sums.add(v.and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs + 8)).reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 8)
                    .and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, others + 8)).reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 4)
                    .and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs + 12)).reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 12)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, others + 12))
                            .reinterpretAsShorts()));
            v = ShortVector.fromMemorySegment(SHORTS, w, line + 2 * LINE, ORDER);
            sums = sums.add(v.and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs + 16)).reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 8)
                    .and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, others + 16))
                            .reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 4)
                    .and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs + 20)).reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 12)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, others + 20))
                            .reinterpretAsShorts()));
            v = ShortVector.fromMemorySegment(SHORTS, w, line + 3 * LINE, ORDER);
            sums = sums.add(v.and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs + 24)).reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 8)
                    .and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, others + 24))
                            .reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 4)
                    .and((short) 0xf)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, pairs + 28)).reinterpretAsShorts()));
            sums = sums.add(v.lanewise(VectorOperators.LSHR, 12)
                    .mul(IntVector.broadcast(INTS, scratch.get(INT, others + 28))
                            .reinterpretAsShorts()));
            IntVector scalePair = IntVector.fromMemorySegment(INTS, w, line - LINE, ORDER);
            float activationSum = activationSums.get(INT, sum0 + group * 4L);
            IntVector lanes = sums.reinterpretAsInts();
            IntVector dot = lanes.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(lanes.lanewise(VectorOperators.ASHR, 16));
            FloatVector minimumPart = HalfFloats.high(scalePair).mul(activationSum);
            FloatVector weighted = HalfFloats.low(scalePair)
                    .fma((FloatVector) dot.convertShape(VectorOperators.I2F, FLOATS, 0), minimumPart);
            FloatVector a = FloatVector.broadcast(FLOATS, activationScales.get(FLOAT, scale0 + group * 4L));
            sum = a.fma(weighted, sum);
        }
        sum.intoMemorySegment(y, to, ORDER);
    }
}
