// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How attention divides its scratch: the state of up to {@link #QUERIES} query heads that go over the same keys and
 * values. Query {@code i} has a row of 32 scores, sixteen running sums of shares, the largest score so far, and byte
 * offsets into {@code q} and {@code y}. Offsets are in bytes from the start of the scratch.
 */
final class AttentionTile {
    /** Queries in a tile: enough to make the loads of a block cheap, few enough to leave it in the first-level cache. */
    static final int QUERIES = 24;

    /** Bytes of one query's scores. */
    static final long SCORE_BYTES = 32 * Float.BYTES;

    /** Bytes of one query's running sums. */
    static final long SUM_BYTES = 16 * Float.BYTES;

    private static final long SUMS = QUERIES * SCORE_BYTES;
    private static final long LARGEST = SUMS + QUERIES * SUM_BYTES;
    private static final long QUERY_OFFSETS = LARGEST + QUERIES * Long.BYTES;
    private static final long OUTPUT_OFFSETS = QUERY_OFFSETS + QUERIES * Long.BYTES;

    /** Bytes of the whole tile. */
    static final long BYTES = OUTPUT_OFFSETS + QUERIES * Long.BYTES;

    private AttentionTile() {}

    static long scores(int query) {
        return query * SCORE_BYTES;
    }

    static long sums(int query) {
        return SUMS + query * SUM_BYTES;
    }

    static float largest(MemorySegment scratch, int query) {
        return scratch.get(ValueLayout.JAVA_FLOAT, LARGEST + query * (long) Float.BYTES);
    }

    static void setLargest(MemorySegment scratch, int query, float largest) {
        scratch.set(ValueLayout.JAVA_FLOAT, LARGEST + query * (long) Float.BYTES, largest);
    }

    static long queryOffset(MemorySegment scratch, int query) {
        return scratch.get(ValueLayout.JAVA_LONG, QUERY_OFFSETS + query * (long) Long.BYTES);
    }

    static long outputOffset(MemorySegment scratch, int query) {
        return scratch.get(ValueLayout.JAVA_LONG, OUTPUT_OFFSETS + query * (long) Long.BYTES);
    }

    /** Starts a query: no score seen, sums of zero. */
    static void start(MemorySegment scratch, int query, long queryOffset, long outputOffset) {
        // Finite, so that rescaling from it is a multiplication by exp(-large) = 0 and never NaN.
        setLargest(scratch, query, -Float.MAX_VALUE);
        scratch.set(ValueLayout.JAVA_LONG, QUERY_OFFSETS + query * (long) Long.BYTES, queryOffset);
        scratch.set(ValueLayout.JAVA_LONG, OUTPUT_OFFSETS + query * (long) Long.BYTES, outputOffset);
        for (long i = 0; i < SUM_BYTES; i += Float.BYTES) {
            scratch.set(ValueLayout.JAVA_FLOAT, sums(query) + i, 0f);
        }
    }
}
