// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.ArrayList;
import java.util.List;

/**
 * Code point ranges as sequences of byte ranges: the encodings of {@code U+00E0} to {@code U+00FF} are {@code C3} and one
 * of {@code A0} to {@code BF}.
 */
final class Utf8Ranges {
    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, Character.MAX_CODE_POINT};

    private Utf8Ranges() {}

    /** Sequences that together are the encodings of a set; first and last byte of each range, in turn. */
    static List<int[]> of(CodePointSet set) {
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < set.ranges(); i++) {
            int first = set.first(i);
            for (int length = 1; length <= LAST_OF_LENGTH.length && first <= set.last(i); length++) {
                int last = Math.min(set.last(i), LAST_OF_LENGTH[length - 1]);
                if (first <= last) {
                    split(first, last, length, sequences);
                    first = last + 1;
                }
            }
        }
        return sequences;
    }

    /** Ranges of one length, cut so that within each all bytes vary independently. */
    private static void split(int first, int last, int length, List<int[]> sequences) {
        for (int rest = 1; rest < length; rest++) {
            int mask = (1 << (6 * rest)) - 1;
            if ((first & ~mask) != (last & ~mask)) {
                if ((first & mask) != 0) {
                    split(first, first | mask, length, sequences);
                    split((first | mask) + 1, last, length, sequences);
                    return;
                }
                if ((last & mask) != mask) {
                    split(first, (last & ~mask) - 1, length, sequences);
                    split(last & ~mask, last, length, sequences);
                    return;
                }
            }
        }
        int[] bounds = new int[2 * length];
        for (int i = 0; i < length; i++) {
            bounds[2 * i] = byteOf(first, i, length);
            bounds[2 * i + 1] = byteOf(last, i, length);
        }
        sequences.add(bounds);
    }

    private static int byteOf(int codePoint, int index, int length) {
        int bits = codePoint >>> (6 * (length - 1 - index));
        if (index > 0) {
            return 0x80 | (bits & 0x3F);
        }
        return switch (length) {
            case 1 -> bits;
            case 2 -> 0xC0 | bits;
            case 3 -> 0xE0 | bits;
            default -> 0xF0 | bits;
        };
    }
}
