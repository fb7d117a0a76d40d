// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.util.BitSet;
import java.util.List;

/** The kernel's notation for sets of CPUs, such as {@code 0-3,8,10-11}. */
public final class CpuList {

    /** No Linux has more CPUs; a larger number is a broken file. */
    private static final int MAX_CPU = 1 << 16;

    private CpuList() {}

    /** The CPUs in {@code text}; empty if it is not in the notation. */
    public static BitSet parse(String text) {
        BitSet cpus = new BitSet();
        try {
            for (String range : List.of(text.strip().split(",", -1))) {
                int dash = range.indexOf('-');
                int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
                int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
                if (first < 0 || last < first || last >= MAX_CPU) {
                    return new BitSet();
                }
                cpus.set(first, last + 1);
            }
        } catch (NumberFormatException e) {
            return new BitSet();
        }
        return cpus;
    }
}
