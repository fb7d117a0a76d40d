// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.BitSet;

/**
 * Bytes that a grammar never tells apart, numbered in ascending order: its automata have a column for each class and not
 * for each byte. Bytes that no token can produce have classes of their own.
 */
final class ByteClasses {
    private static final int BYTES = 256;

    private final int[] classes = new int[BYTES];
    private final BitSet producible = new BitSet();
    private final int count;

    /**
     * Cut where {@code firsts} has a bit.
     *
     * @param firsts bytes that are not of their predecessor's class
     * @param tokens bytes that are tokens by themselves
     */
    ByteClasses(BitSet firsts, BitSet tokens) {
        int last = 0;
        for (int value = 1; value < BYTES; value++) {
            if (firsts.get(value) || tokens.get(value) != tokens.get(value - 1)) {
                last++;
            }
            classes[value] = last;
        }
        for (int value = 0; value < BYTES; value++) {
            producible.set(classes[value], tokens.get(value));
        }
        count = last + 1;
    }

    int count() {
        return count;
    }

    /** Class of a byte, given as 0 to 255. */
    int of(int value) {
        return classes[value];
    }

    /** Whether tokens can produce the bytes of a class. */
    boolean isProducible(int byteClass) {
        return producible.get(byteClass);
    }
}
