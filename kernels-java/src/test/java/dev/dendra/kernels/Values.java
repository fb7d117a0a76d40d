// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import java.util.Random;

/** Kinds of numbers that tests fill rows with. Each row is drawn anew. */
public enum Values {
    /** Normally distributed. */
    ORDINARY {
        @Override
        void fill(Random random, float[] row) {
            for (int k = 0; k < row.length; k++) {
                row[k] = (float) random.nextGaussian();
            }
        }
    },
    /** Ordinary ones among which one finite extreme recurs: zeros of both signs, denormals, very large and very small. */
    FINITE_EXTREMES {
        @Override
        void fill(Random random, float[] row) {
            sprinkle(random, row, FINITE[random.nextInt(FINITE.length)]);
        }
    },
    /** Ordinary ones among which NaN or an infinity recurs. */
    NOT_FINITE {
        @Override
        void fill(Random random, float[] row) {
            sprinkle(random, row, NOT_FINITES[random.nextInt(NOT_FINITES.length)]);
        }
    },
    /** Odd multiples of one half up to 127, with 127 itself first: every rounding to int8 is a tie. */
    TIES {
        @Override
        void fill(Random random, float[] row) {
            for (int k = 0; k < row.length; k++) {
                row[k] = k % 32 == 0 ? 127 : random.nextInt(-127, 127) + 0.5f;
            }
        }
    },
    /** Near the smallest denormal. */
    DENORMAL {
        @Override
        void fill(Random random, float[] row) {
            for (int k = 0; k < row.length; k++) {
                row[k] = Float.MIN_VALUE * random.nextInt(-3, 4);
            }
        }
    },
    /** Zeros of both signs. */
    ZEROS {
        @Override
        void fill(Random random, float[] row) {
            for (int k = 0; k < row.length; k++) {
                row[k] = random.nextBoolean() ? 0f : -0f;
            }
        }
    };

    private static final float[] FINITE = {
        0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, 3e-39f, -1e-30f, 1e-20f, 1e15f, -1e18f
    };
    private static final float[] NOT_FINITES = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};

    abstract void fill(Random random, float[] row);

    private static void sprinkle(Random random, float[] row, float special) {
        ORDINARY.fill(random, row);
        for (int k = 0; k < row.length; k++) {
            if (random.nextInt(8) == 0) {
                row[k] = special;
            }
        }
    }
}
