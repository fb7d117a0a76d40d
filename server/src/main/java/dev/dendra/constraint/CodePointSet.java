// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.Arrays;

/** A set of Unicode code points, surrogates excluded. Immutable. */
final class CodePointSet {
    private static final int LAST = Character.MAX_CODE_POINT;

    /** All of them. */
    static final CodePointSet ALL = range(0, LAST);

    /** First and last of each range, ascending, with gaps between them. */
    private final int[] bounds;

    private CodePointSet(int[] bounds) {
        this.bounds = bounds;
    }

    /** Code points {@code first} to {@code last}, both included. */
    static CodePointSet range(int first, int last) {
        return normalized(new int[] {first, last});
    }

    /** Collects ranges in any order. */
    static final class Builder {
        private int[] ranges = new int[16];
        private int size;

        /** Adds code points {@code first} to {@code last}, both included. */
        Builder add(int first, int last) {
            if (size + 2 > ranges.length) {
                ranges = Arrays.copyOf(ranges, 2 * ranges.length);
            }
            ranges[size++] = first;
            ranges[size++] = last;
            return this;
        }

        Builder add(CodePointSet set) {
            for (int i = 0; i < set.ranges(); i++) {
                add(set.first(i), set.last(i));
            }
            return this;
        }

        CodePointSet build() {
            return normalized(Arrays.copyOf(ranges, size));
        }
    }

    CodePointSet union(CodePointSet other) {
        int[] all = Arrays.copyOf(bounds, bounds.length + other.bounds.length);
        System.arraycopy(other.bounds, 0, all, bounds.length, other.bounds.length);
        return normalized(all);
    }

    CodePointSet complement() {
        int[] gaps = new int[bounds.length + 2];
        int size = 0;
        int next = 0;
        for (int i = 0; i < bounds.length; i += 2) {
            if (bounds[i] > next) {
                gaps[size++] = next;
                gaps[size++] = bounds[i] - 1;
            }
            next = bounds[i + 1] + 1;
        }
        if (next <= LAST) {
            gaps[size++] = next;
            gaps[size++] = LAST;
        }
        return normalized(Arrays.copyOf(gaps, size));
    }

    CodePointSet minus(CodePointSet other) {
        return intersection(other.complement());
    }

    CodePointSet intersection(CodePointSet other) {
        return complement().union(other.complement()).complement();
    }

    boolean contains(int codePoint) {
        for (int i = 0; i < bounds.length; i += 2) {
            if (codePoint >= bounds[i] && codePoint <= bounds[i + 1]) {
                return true;
            }
        }
        return false;
    }

    boolean isEmpty() {
        return bounds.length == 0;
    }

    /** Whether it holds one code point. */
    boolean isSingle() {
        return bounds.length == 2 && bounds[0] == bounds[1];
    }

    int ranges() {
        return bounds.length / 2;
    }

    int first(int range) {
        return bounds[2 * range];
    }

    int last(int range) {
        return bounds[2 * range + 1];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CodePointSet set && Arrays.equals(bounds, set.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        return Arrays.toString(bounds);
    }

    /** Sorts ranges, joins those that touch and cuts surrogates out. */
    private static CodePointSet normalized(int[] ranges) {
        long[] sorted = new long[ranges.length / 2];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = ((long) ranges[2 * i] << 32) | ranges[2 * i + 1];
        }
        Arrays.sort(sorted);
        int[] joined = new int[ranges.length + 2];
        int size = 0;
        for (long range : sorted) {
            int first = (int) (range >>> 32);
            int last = (int) range;
            if (size > 0 && first <= joined[size - 1] + 1) {
                joined[size - 1] = Math.max(joined[size - 1], last);
            } else {
                joined[size++] = first;
                joined[size++] = last;
            }
        }
        return new CodePointSet(withoutSurrogates(Arrays.copyOf(joined, size)));
    }

    private static int[] withoutSurrogates(int[] ranges) {
        int[] kept = new int[ranges.length + 2];
        int size = 0;
        for (int i = 0; i < ranges.length; i += 2) {
            if (ranges[i] < Character.MIN_SURROGATE) {
                kept[size++] = ranges[i];
                kept[size++] = Math.min(ranges[i + 1], Character.MIN_SURROGATE - 1);
            }
            if (ranges[i + 1] > Character.MAX_SURROGATE) {
                kept[size++] = Math.max(ranges[i], Character.MAX_SURROGATE + 1);
                kept[size++] = ranges[i + 1];
            }
        }
        return Arrays.copyOf(kept, size);
    }
}
