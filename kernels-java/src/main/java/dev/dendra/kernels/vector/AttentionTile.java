// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How attention divides its scratch: the state of up to {@link #QUERIES} query heads that go over the same keys and
 * values. Query {@code i} has a row of 32 scores, of the span under way sixteen running sums of shares, the largest score
 * so far and the output before its division, of the spans merged so far the largest score and the sum, and byte offsets
 * into {@code q} and {@code y}. Behind them is room for the keys or values of a block. Offsets are in bytes from the start of the scratch.
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

    private static final long MERGED_LARGEST = OUTPUT_OFFSETS + QUERIES * Long.BYTES;
    private static final long MERGED_SUMS = MERGED_LARGEST + QUERIES * Long.BYTES;
    private static final long OUTPUTS = MERGED_SUMS + QUERIES * Long.BYTES;

    /** Room for all queries where heads have up to 256 elements, and for one of the longest head. */
    private static final int OUTPUT_ELEMENTS = QUERIES * 256;

    /** The longest head, of which 32 tokens have room as floats. */
    private static final int LONGEST_HEAD = 4096;

    /** Keys or values of a block as floats, where the cache has another type. */
    static final long EXPANDED = OUTPUTS + OUTPUT_ELEMENTS * (long) Float.BYTES;

    /** Bytes of the whole tile. */
    static final long BYTES = EXPANDED + LONGEST_HEAD * SCORE_BYTES;

    private AttentionTile() {}

    /** Most queries of a tile. */
    static int queries(int headDimension) {
        return Math.min(QUERIES, OUTPUT_ELEMENTS / headDimension);
    }

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

    /** A query's output of the span under way. */
    static long output(int query, int headDimension) {
        return OUTPUTS + (long) query * headDimension * Float.BYTES;
    }

    static float mergedLargest(MemorySegment scratch, int query) {
        return scratch.get(ValueLayout.JAVA_FLOAT, MERGED_LARGEST + query * (long) Float.BYTES);
    }

    static float mergedSum(MemorySegment scratch, int query) {
        return scratch.get(ValueLayout.JAVA_FLOAT, MERGED_SUMS + query * (long) Float.BYTES);
    }

    static void setMerged(MemorySegment scratch, int query, float largest, float sum) {
        scratch.set(ValueLayout.JAVA_FLOAT, MERGED_LARGEST + query * (long) Float.BYTES, largest);
        scratch.set(ValueLayout.JAVA_FLOAT, MERGED_SUMS + query * (long) Float.BYTES, sum);
    }

    /** Says where a query lies and where its output goes. */
    static void place(MemorySegment scratch, int query, long queryOffset, long outputOffset) {
        scratch.set(ValueLayout.JAVA_LONG, QUERY_OFFSETS + query * (long) Long.BYTES, queryOffset);
        scratch.set(ValueLayout.JAVA_LONG, OUTPUT_OFFSETS + query * (long) Long.BYTES, outputOffset);
    }

    /** Starts a span of a query: no score seen, sums and output of zero. */
    static void startSpan(MemorySegment scratch, int query, int headDimension) {
        // Finite, so that rescaling from it is a multiplication by exp(-large) = 0 and never NaN.
        setLargest(scratch, query, -Float.MAX_VALUE);
        for (long i = 0; i < SUM_BYTES; i += Float.BYTES) {
            scratch.set(ValueLayout.JAVA_FLOAT, sums(query) + i, 0f);
        }
        long output = output(query, headDimension);
        for (long i = 0; i < (long) headDimension * Float.BYTES; i += Float.BYTES) {
            scratch.set(ValueLayout.JAVA_FLOAT, output + i, 0f);
        }
    }
}
