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
        double extreme = 0;
        for (int k = from; k < to; k++) {
            if (live[k] && Math.abs(values[k]) > Math.abs(extreme)) {
                extreme = values[k];
            }
        }
        return switch (encoding) {
            case I8 -> (float) (Math.abs(extreme) / largest);
            case I8G32 -> half(name, Math.abs(extreme) / largest, 1);
            case U4G32 -> searched(name, values, live, importance, from, to, extreme);
            case F32, BF16 -> throw new AssertionError();
        };
    }

    private float searched(
            String name, double[] values, boolean[] live, double[] importance, int from, int to, double extreme) {
        float best = 0;
        double leastError = Double.POSITIVE_INFINITY;
        for (double code : EXTREMES) {
            float scale = half(name, extreme / code, -least);
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
