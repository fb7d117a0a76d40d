// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * Fills the panels of a matrix with random codes and scales as fast as memory takes them: eight bytes at a time, random
 * but for the bits that make finite numbers of them. All exponents are one that keeps the root mean square of the
 * weights near {@code 1 / sqrt(K)}, so that a product has the magnitude of its input.
 */
final class RandomPanels {
    private static final int FLOAT_BIAS = 127;
    private static final int HALF_BIAS = 15;

    private final PanelLayout layout;
    private final Pattern scales;
    private final Pattern codes;

    /**
     * Eight bytes of random bits and fixed ones.
     *
     * @param random bits that may be either
     * @param fixed bits that are set, apart from those
     */
    private record Pattern(long random, long fixed) {

        /** Both halves alike. */
        static Pattern ofWord(int random, int fixed) {
            return new Pattern(twice(random), twice(fixed));
        }

        private static long twice(int word) {
            return (Integer.toUnsignedLong(word) << 32) | Integer.toUnsignedLong(word);
        }

        void write(MemorySegment segment, long from, long to, SplittableRandom bits) {
            for (long offset = from; offset < to; offset += Long.BYTES) {
                segment.set(ValueLayout.JAVA_LONG, offset, (bits.nextLong() & random) | fixed);
            }
        }
    }

    /** @throws IllegalArgumentException if a matrix of {@code layout} has padding, which would have to be zero */
    RandomPanels(PanelLayout layout) {
        if (layout.rows() % PanelLayout.PANEL_ROWS != 0 || layout.columns() % PanelLayout.COLUMN_MULTIPLE != 0) {
            throw new IllegalArgumentException("a random matrix needs multiples of " + PanelLayout.PANEL_ROWS
                    + " rows and " + PanelLayout.COLUMN_MULTIPLE + " columns, got [" + layout.rows() + ", "
                    + layout.columns() + "]");
        }
        this.layout = layout;
        this.scales = scales(layout);
        this.codes = codes(layout);
    }

    /** Fills panel {@code panel} of {@code matrix}; the same seed gives the same bytes. */
    void fill(MemorySegment matrix, int panel, long seed) {
        SplittableRandom bits = new SplittableRandom(seed);
        long start = panel * layout.panelBytes();
        for (long block = start; block < start + layout.panelBytes(); block += layout.blockBytes()) {
            long firstCode = block + layout.blockCodesOffset();
            scales.write(matrix, block, firstCode, bits);
            codes.write(matrix, firstCode, block + layout.blockBytes(), bits);
        }
    }

    private static Pattern codes(PanelLayout layout) {
        int exponent = exponent(layout) + FLOAT_BIAS;
        return switch (layout.encoding()) {
            case F32 -> Pattern.ofWord(0x807F_FFFF, exponent << 23);
            case BF16 -> Pattern.ofWord(0x807F_807F, (exponent << 23) | (exponent << 7));
            case I8, I8G32, U4G32 -> new Pattern(-1, 0);
        };
    }

    private static Pattern scales(PanelLayout layout) {
        // Below 1 a half-precision number would be denormal.
        int half = Math.max(1, exponent(layout) + HALF_BIAS);
        return switch (layout.encoding()) {
            case F32, BF16 -> new Pattern(0, 0);
            case I8 -> Pattern.ofWord(0x007F_FFFF, (exponent(layout) + FLOAT_BIAS) << 23);
            case I8G32 -> Pattern.ofWord(0x03FF_03FF, (half << 26) | (half << 10));
            // A minimum of -8 to -16 times the least scale: codes of both signs, as Q4_0 has them.
            case U4G32 -> Pattern.ofWord(0x03FF_03FF, (1 << 31) | ((half + 3) << 26) | (half << 10));
        };
    }

    /** Binary exponent of scales, or of weights without a scale; significands are uniform from 1 to 2. */
    private static int exponent(PanelLayout layout) {
        double significand = Math.sqrt(7 / 3.0);
        double weight = switch (layout.encoding()) {
            case F32, BF16 -> significand;
            case I8, I8G32 -> significand * 74;
            case U4G32 -> 7.7;
        };
        return (int) Math.rint(-Math.log(weight * Math.sqrt(layout.columns())) / Math.log(2));
    }
}
