// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.LANES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * The two products of attention over one block, four queries by two registers at a time: eight accumulators keep the
 * multipliers busy and, with two loads and a broadcast, still fit the 16 registers of AVX2. Where fewer than four queries
 * are left, the last stands in for the missing ones and is written several times with the same result.
 *
 * <p>Every element is one chain of fused multiply-adds in ascending order.
 */
final class AttentionProducts {
    private static final long KEY_STRIDE = AttentionTile.SCORE_BYTES;

    private AttentionProducts() {}

    /**
     * {@code scores[query][token] = scale * sum over d of q[query][d] * keys[d][token]} for all 32 tokens.
     *
     * @param keys byte offset of {@code [headDimension][32]} in {@code cache}
     */
    static void scores(
            MemorySegment q,
            MemorySegment cache,
            long keys,
            int headDimension,
            float scale,
            int queryFrom,
            int queryTo,
            MemorySegment scratch) {
        int last = queryTo - 1;
        for (int a = queryFrom; a < queryTo; a += 4) {
            int b = Math.min(a + 1, last);
            int c = Math.min(a + 2, last);
            int d = Math.min(a + 3, last);
            for (long token = 0; token < KEY_STRIDE; token += 2L * BYTES) {
                scoreFour(
                        q,
                        AttentionTile.queryOffset(scratch, a),
                        AttentionTile.queryOffset(scratch, b),
                        AttentionTile.queryOffset(scratch, c),
                        AttentionTile.queryOffset(scratch, d),
                        cache,
                        keys + token,
                        headDimension,
                        scale,
                        scratch,
                        AttentionTile.scores(a) + token,
                        AttentionTile.scores(b) + token,
                        AttentionTile.scores(c) + token,
                        AttentionTile.scores(d) + token);
            }
        }
    }

    private static void scoreFour(
            MemorySegment q,
            long qa,
            long qb,
            long qc,
            long qd,
            MemorySegment cache,
            long keys,
            long headDimension,
            float scale,
            MemorySegment scratch,
            long sa,
            long sb,
            long sc,
            long sd) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector c0 = a0;
        FloatVector c1 = a0;
        FloatVector d0 = a0;
        FloatVector d1 = a0;
        for (long i = 0; i < headDimension; i++) {
            FloatVector k0 = FloatVector.fromMemorySegment(FLOATS, cache, keys + i * KEY_STRIDE, ORDER);
            FloatVector k1 = FloatVector.fromMemorySegment(FLOATS, cache, keys + i * KEY_STRIDE + BYTES, ORDER);
            FloatVector a = broadcast(q, qa + i * Float.BYTES);
            a0 = a.fma(k0, a0);
            a1 = a.fma(k1, a1);
            FloatVector b = broadcast(q, qb + i * Float.BYTES);
            b0 = b.fma(k0, b0);
            b1 = b.fma(k1, b1);
            FloatVector c = broadcast(q, qc + i * Float.BYTES);
            c0 = c.fma(k0, c0);
            c1 = c.fma(k1, c1);
            FloatVector d = broadcast(q, qd + i * Float.BYTES);
            d0 = d.fma(k0, d0);
            d1 = d.fma(k1, d1);
        }
        a0.mul(scale).intoMemorySegment(scratch, sa, ORDER);
        a1.mul(scale).intoMemorySegment(scratch, sa + BYTES, ORDER);
        b0.mul(scale).intoMemorySegment(scratch, sb, ORDER);
        b1.mul(scale).intoMemorySegment(scratch, sb + BYTES, ORDER);
        c0.mul(scale).intoMemorySegment(scratch, sc, ORDER);
        c1.mul(scale).intoMemorySegment(scratch, sc + BYTES, ORDER);
        d0.mul(scale).intoMemorySegment(scratch, sd, ORDER);
        d1.mul(scale).intoMemorySegment(scratch, sd + BYTES, ORDER);
    }

    /**
     * {@code output[query][d] += sum over token of shares[query][token] * values[token][d]} for the first {@code tokens}.
     *
     * @param values byte offset of {@code [32][headDimension]} in {@code cache}
     */
    static void values(
            MemorySegment cache,
            long values,
            int headDimension,
            int tokens,
            int queryFrom,
            int queryTo,
            MemorySegment scratch) {
        int last = queryTo - 1;
        long stride = (long) headDimension * Float.BYTES;
        long pairs = (headDimension & -(2L * LANES)) * Float.BYTES;
        for (int a = queryFrom; a < queryTo; a += 4) {
            int b = Math.min(a + 1, last);
            int c = Math.min(a + 2, last);
            int d = Math.min(a + 3, last);
            for (long column = 0; column < pairs; column += 2L * BYTES) {
                addFour(
                        AttentionTile.output(a, headDimension) + column,
                        AttentionTile.output(b, headDimension) + column,
                        AttentionTile.output(c, headDimension) + column,
                        AttentionTile.output(d, headDimension) + column,
                        cache,
                        values + column,
                        stride,
                        tokens,
                        scratch,
                        AttentionTile.scores(a),
                        AttentionTile.scores(b),
                        AttentionTile.scores(c),
                        AttentionTile.scores(d));
            }
        }
        if (pairs < stride) {
            for (int query = queryFrom; query < queryTo; query++) {
                addRest(
                        AttentionTile.output(query, headDimension),
                        cache,
                        values,
                        pairs,
                        stride,
                        tokens,
                        scratch,
                        AttentionTile.scores(query));
            }
        }
    }

    private static void addFour(
            long ya,
            long yb,
            long yc,
            long yd,
            MemorySegment cache,
            long values,
            long stride,
            long tokens,
            MemorySegment scratch,
            long pa,
            long pb,
            long pc,
            long pd) {
        FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, scratch, ya, ORDER);
        FloatVector a1 = FloatVector.fromMemorySegment(FLOATS, scratch, ya + BYTES, ORDER);
        FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, scratch, yb, ORDER);
        FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, scratch, yb + BYTES, ORDER);
        FloatVector c0 = FloatVector.fromMemorySegment(FLOATS, scratch, yc, ORDER);
        FloatVector c1 = FloatVector.fromMemorySegment(FLOATS, scratch, yc + BYTES, ORDER);
        FloatVector d0 = FloatVector.fromMemorySegment(FLOATS, scratch, yd, ORDER);
        FloatVector d1 = FloatVector.fromMemorySegment(FLOATS, scratch, yd + BYTES, ORDER);
        for (long token = 0; token < tokens; token++) {
            FloatVector v0 = FloatVector.fromMemorySegment(FLOATS, cache, values + token * stride, ORDER);
            FloatVector v1 = FloatVector.fromMemorySegment(FLOATS, cache, values + token * stride + BYTES, ORDER);
            FloatVector a = broadcast(scratch, pa + token * Float.BYTES);
            a0 = a.fma(v0, a0);
            a1 = a.fma(v1, a1);
            FloatVector b = broadcast(scratch, pb + token * Float.BYTES);
            b0 = b.fma(v0, b0);
            b1 = b.fma(v1, b1);
            FloatVector c = broadcast(scratch, pc + token * Float.BYTES);
            c0 = c.fma(v0, c0);
            c1 = c.fma(v1, c1);
            FloatVector d = broadcast(scratch, pd + token * Float.BYTES);
            d0 = d.fma(v0, d0);
            d1 = d.fma(v1, d1);
        }
        a0.intoMemorySegment(scratch, ya, ORDER);
        a1.intoMemorySegment(scratch, ya + BYTES, ORDER);
        b0.intoMemorySegment(scratch, yb, ORDER);
        b1.intoMemorySegment(scratch, yb + BYTES, ORDER);
        c0.intoMemorySegment(scratch, yc, ORDER);
        c1.intoMemorySegment(scratch, yc + BYTES, ORDER);
        d0.intoMemorySegment(scratch, yd, ORDER);
        d1.intoMemorySegment(scratch, yd + BYTES, ORDER);
    }

    /** Columns {@code from .. to}, in bytes, that do not fill two registers: one register at a time, then scalars. */
    private static void addRest(
            long output,
            MemorySegment cache,
            long values,
            long from,
            long to,
            long tokens,
            MemorySegment scratch,
            long shares) {
        long column = from;
        for (; column + BYTES <= to; column += BYTES) {
            FloatVector sum = FloatVector.fromMemorySegment(FLOATS, scratch, output + column, ORDER);
            for (long token = 0; token < tokens; token++) {
                sum = broadcast(scratch, shares + token * Float.BYTES)
                        .fma(FloatVector.fromMemorySegment(FLOATS, cache, values + token * to + column, ORDER), sum);
            }
            sum.intoMemorySegment(scratch, output + column, ORDER);
        }
        for (; column < to; column += Float.BYTES) {
            float sum = scratch.get(ValueLayout.JAVA_FLOAT, output + column);
            for (long token = 0; token < tokens; token++) {
                float share = scratch.get(ValueLayout.JAVA_FLOAT, shares + token * Float.BYTES);
                float value = cache.get(ValueLayout.JAVA_FLOAT, values + token * to + column);
                sum = Math.fma(share, value, sum);
            }
            scratch.set(ValueLayout.JAVA_FLOAT, output + column, sum);
        }
    }

    private static FloatVector broadcast(MemorySegment segment, long offset) {
        return FloatVector.broadcast(FLOATS, segment.get(ValueLayout.JAVA_FLOAT, offset));
    }
}
