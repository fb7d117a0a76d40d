// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

/** bfloat16: the upper half of a single-precision number. */
public final class Bfloat16 {
    private static final int LOWER_HALF = 0xffff;

    private Bfloat16() {}

    /** The nearest bfloat16, ties to even; NaN stays NaN. */
    public static short ofFloat(float value) {
        int bits = Float.floatToIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16);
        }
        int half = LOWER_HALF / 2 + (bits >>> 16 & 1);
        return (short) ((bits + half) >>> 16);
    }

    /** The number that {@code bits} stand for. */
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
