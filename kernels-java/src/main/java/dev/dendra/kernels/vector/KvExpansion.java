// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.LANES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadFloats;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadInts;

import dev.dendra.kernels.KvLayout;
import dev.dendra.tensor.Bfloat16;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Makes single precision of the keys or values of a head in a block, in scratch, for all queries of a tile: keys as
 * {@code [headDimension][32]}, values as {@code [32][headDimension]}. The products then are those of a cache in single
 * precision.
 */
final class KvExpansion {
    /** Codes that become one register of floats, or two at 128 bits, where no smaller vector of bytes exists. */
    private static final VectorSpecies<Byte> CODES = LANES == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

    private static final int CODE_COUNT = CODES.length();
    private static final int HALVES = CODE_COUNT / LANES;
    private static final int UPPER = 0xffff_0000;

    /** Bytes of a row of keys in bf16, and of one half of it as floats. */
    private static final int PAIR_ROW = KvLayout.BLOCK_TOKENS * Short.BYTES;

    private KvExpansion() {}

    /**
     * Keys of the piece that starts at byte {@code piece} go to {@code target} of {@code scratch}.
     *
     * @param layout of bf16 or int8
     */
    static void keys(KvLayout layout, MemorySegment cache, long piece, MemorySegment scratch, long target) {
        switch (layout.type()) {
            case BF16 -> bfloat16Keys(cache, piece, layout.headDimension() * PAIR_ROW, scratch, target);
            case INT8 ->
                codeKeys(
                        cache,
                        piece,
                        piece + layout.scaleBytes(),
                        layout.headDimension() * KvLayout.BLOCK_TOKENS,
                        scratch,
                        target);
            case F32 -> throw new IllegalArgumentException("nothing to expand");
        }
    }

    /** The same with the values of the first {@code tokens}. */
    static void values(
            KvLayout layout, MemorySegment cache, long piece, int tokens, MemorySegment scratch, long target) {
        int headDimension = layout.headDimension();
        long row = (long) headDimension * Float.BYTES;
        switch (layout.type()) {
            case BF16 -> {
                for (int token = 0; token < tokens; token += 2) {
                    long pairs = piece + token / 2 * row;
                    bfloat16Values(cache, pairs, headDimension, scratch, target + token * row);
                }
            }
            case INT8 -> {
                for (int token = 0; token < tokens; token++) {
                    float scale = cache.get(ValueLayout.JAVA_FLOAT, piece + layout.scale(token));
                    long codes = piece + layout.scaleBytes() + (long) token * headDimension;
                    codeValues(cache, codes, scale, headDimension, scratch, target + token * row);
                }
            }
            case F32 -> throw new IllegalArgumentException("nothing to expand");
        }
    }

    /** A row of 16 pairs becomes two halves of 16 floats: tokens i, then tokens i + 16. */
    private static void bfloat16Keys(MemorySegment cache, long pairs, int bytes, MemorySegment scratch, long target) {
        MemorySegment to = NativeMemory.known(scratch);
        for (int i = 0; i < bytes; i += BYTES) {
            IntVector both = loadInts(cache, pairs + i);
            long low = target + i + (i & -PAIR_ROW);
            both.lanewise(VectorOperators.LSHL, 16).intoMemorySegment(to, low, ORDER);
            both.and(UPPER).intoMemorySegment(to, low + PAIR_ROW, ORDER);
        }
    }

    private static void bfloat16Values(
            MemorySegment cache, long pairs, int headDimension, MemorySegment scratch, long target) {
        MemorySegment to = NativeMemory.known(scratch);
        long row = (long) headDimension * Float.BYTES;
        int whole = headDimension & -LANES;
        for (int d = 0; d < whole; d += LANES) {
            long at = (long) d * Float.BYTES;
            IntVector both = loadInts(cache, pairs + at);
            both.lanewise(VectorOperators.LSHL, 16).intoMemorySegment(to, target + at, ORDER);
            both.and(UPPER).intoMemorySegment(to, target + row + at, ORDER);
        }
        for (int d = whole; d < headDimension; d++) {
            long at = (long) d * Float.BYTES;
            float low = Bfloat16.toFloat(cache.get(ValueLayout.JAVA_SHORT, pairs + at));
            float high = Bfloat16.toFloat(cache.get(ValueLayout.JAVA_SHORT, pairs + at + Short.BYTES));
            scratch.set(ValueLayout.JAVA_FLOAT, target + at, low);
            scratch.set(ValueLayout.JAVA_FLOAT, target + row + at, high);
        }
    }

    private static void codeKeys(
            MemorySegment cache, long scales, long codes, int count, MemorySegment scratch, long target) {
        MemorySegment to = NativeMemory.known(scratch);
        for (int i = 0; i < count; i += CODE_COUNT) {
            ByteVector some = ByteVector.fromMemorySegment(CODES, cache, codes + i, ORDER);
            long scale = scales + (long) (i % KvLayout.BLOCK_TOKENS) * Float.BYTES;
            long at = target + (long) i * Float.BYTES;
            some.convertShape(VectorOperators.B2F, FLOATS, 0)
                    .reinterpretAsFloats()
                    .mul(loadFloats(cache, scale))
                    .intoMemorySegment(to, at, ORDER);
            if (HALVES == 2) {
                some.convertShape(VectorOperators.B2F, FLOATS, 1)
                        .reinterpretAsFloats()
                        .mul(loadFloats(cache, scale + BYTES))
                        .intoMemorySegment(to, at + BYTES, ORDER);
            }
        }
    }

    private static void codeValues(
            MemorySegment cache, long codes, float scale, int headDimension, MemorySegment scratch, long target) {
        MemorySegment to = NativeMemory.known(scratch);
        int whole = headDimension & -CODE_COUNT;
        for (int d = 0; d < whole; d += CODE_COUNT) {
            ByteVector some = ByteVector.fromMemorySegment(CODES, cache, codes + d, ORDER);
            long at = target + (long) d * Float.BYTES;
            some.convertShape(VectorOperators.B2F, FLOATS, 0)
                    .reinterpretAsFloats()
                    .mul(scale)
                    .intoMemorySegment(to, at, ORDER);
            if (HALVES == 2) {
                some.convertShape(VectorOperators.B2F, FLOATS, 1)
                        .reinterpretAsFloats()
                        .mul(scale)
                        .intoMemorySegment(to, at + BYTES, ORDER);
            }
        }
        for (int d = whole; d < headDimension; d++) {
            float value = cache.get(ValueLayout.JAVA_BYTE, codes + d) * scale;
            scratch.set(ValueLayout.JAVA_FLOAT, target + (long) d * Float.BYTES, value);
        }
    }
}
