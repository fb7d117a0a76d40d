// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.UnrepresentableWeightException;
import dev.dendra.tensor.Encoding;

/**
 * How an encoding's scale follows from the weights that share it.
 *
 * @param encoding one with scales
 * @param least smallest code
 * @param largest largest code
 */
record ScaleChoice(Encoding encoding, int least, int largest) {
    /**
     * What the weight of largest magnitude becomes, as a code, among candidates for u4g32: from the grid that holds it
     * exactly, on the side that has one code more or on the other, to one that clips it.
     */
    private static final double[] EXTREMES = {-8, -8.5, -9, -9.5, -7.5, 7, 7.5, 8, 8.5, 9};

    static ScaleChoice of(Encoding encoding) {
        return switch (encoding) {
            case I8, I8G32 -> new ScaleChoice(encoding, -127, 127);
            case U4G32 -> new ScaleChoice(encoding, -8, 7);
            case F32, BF16 -> throw new IllegalArgumentException(encoding.id() + " has no scales");
        };
    }

    /**
     * The scale for live weights in {@code from .. to}; 0 if they are zero.
     *
     * @param importance of a squared error at each input
     */
    float scale(String name, double[] values, boolean[] live, double[] importance, int from, int to) {
        double extreme = extreme(values, live, from, to);
        return switch (encoding) {
            case I8, I8G32 -> representable(name, Math.abs(extreme) / largest);
            case U4G32 -> searched(name, values, live, importance, from, to, extreme);
            case F32, BF16 -> throw new AssertionError();
        };
    }

    /** The live weight of largest magnitude in {@code from .. to}; 0 if none lives. */
    static double extreme(double[] values, boolean[] live, int from, int to) {
        double extreme = 0;
        for (int k = from; k < to; k++) {
            if (live[k] && Math.abs(values[k]) > Math.abs(extreme)) {
                extreme = values[k];
            }
        }
        return extreme;
    }

    /**
     * The nearest number that a scale can be, then the next ones below and above it in magnitude.
     *
     * @param scale not zero
     */
    float[] around(String name, double scale) {
        float nearest = representable(name, scale);
        if (encoding == Encoding.I8) {
            return new float[] {nearest, Math.nextUp(nearest), Math.nextDown(nearest)};
        }
        short half = Float.floatToFloat16(nearest);
        float below = Float.float16ToFloat((short) (half - 1));
        float above = Float.float16ToFloat((short) (half + 1));
        boolean isAlone = nearest == 0 || !Float.isFinite(above) || !Float.isFinite(-least * above);
        return isAlone ? new float[] {nearest} : new float[] {nearest, below, above};
    }

    private float representable(String name, double scale) {
        return switch (encoding) {
            case I8 -> (float) scale;
            case I8G32 -> half(name, scale, 1);
            case U4G32 -> half(name, scale, -least);
            case F32, BF16 -> throw new AssertionError();
        };
    }

    private float searched(
            String name, double[] values, boolean[] live, double[] importance, int from, int to, double extreme) {
        float best = 0;
        double leastError = Double.POSITIVE_INFINITY;
        for (double code : EXTREMES) {
            float scale = representable(name, extreme / code);
            double error = error(values, live, importance, from, to, scale);
            if (error < leastError) {
                leastError = error;
                best = scale;
            }
        }
        return best;
    }

    private double error(double[] values, boolean[] live, double[] importance, int from, int to, float scale) {
        double error = 0;
        for (int k = from; k < to; k++) {
            if (live[k]) {
                double code = scale == 0 ? 0 : Math.clamp(Math.rint(values[k] / scale), least, largest);
                double difference = values[k] - code * scale;
                error += importance[k] * difference * difference;
            }
        }
        return error;
    }

    /** The nearest half-precision number, of which {@code times} as much must be one too. */
    private static float half(String name, double value, int times) {
        float half = Float.float16ToFloat(Float.floatToFloat16((float) value));
        if (!Float.isFinite(Float.float16ToFloat(Float.floatToFloat16(half * times)))) {
            throw new UnrepresentableWeightException(
                    name + ": scale " + value + " is beyond half precision; use bf16 or i8");
        }
        // One zero, so that equal matrices have equal bytes.
        return half == 0 ? 0 : half;
    }
}
