// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.SplittableRandom;

/** Independent streams of random numbers, each a function of a seed and of what it is for. */
final class Seeds {

    private Seeds() {}

    static SplittableRandom random(long seed, long purpose, long index) {
        return new SplittableRandom(derived(derived(seed, purpose), index));
    }

    /** A seed that is unlike {@code seed} and unlike that of any other {@code index}. */
    static long derived(long seed, long index) {
        // The finalizer of MurmurHash3, which sends neighbouring inputs far apart.
        long mixed = seed * 0x9E3779B97F4A7C15L + index;
        mixed = (mixed ^ (mixed >>> 33)) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return mixed ^ (mixed >>> 33);
    }
}
