// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.tensor.PanelLayout;

/**
 * Encoding u4g32: a scale and a minimum for 32 weights, chosen for the least squared error among a few candidates.
 *
 * <p>Each candidate stretches the codes over slightly more than 0 .. 15, which clips the extremes, then fits scale and
 * minimum to the codes by linear least squares; the plain range from the smallest to the largest weight is the first.
 */
final class AffineRowPacker extends RowPacker {
    private static final int GROUP = 32;
    private static final int LARGEST_CODE = 15;
    private static final float[] STRETCHES = {0, 0.4f, 0.8f, 1.2f, 1.6f, 2.2f};

    private final int[] codes = new int[GROUP];
    private final int[] bestCodes = new int[GROUP];

    AffineRowPacker(PanelLayout layout) {
        super(layout);
    }

    @Override
    double pack(float[] values, byte[] panel, int row) {
        double error = 0;
        for (int from = 0; from < columns; from += GROUP) {
            error += packGroup(values, from, Math.min(from + GROUP, columns), panel, row);
        }
        return error;
    }

    private double packGroup(float[] values, int from, int to, byte[] panel, int row) {
        float smallest = values[from];
        float largest = values[from];
        for (int k = from + 1; k < to; k++) {
            smallest = Math.min(smallest, values[k]);
            largest = Math.max(largest, values[k]);
        }
        double range = (double) largest - smallest;
        short scale = toFloat16((float) (range / LARGEST_CODE));
        short minimum = toFloat16(smallest);
        double error = code(values, from, to, scale, minimum);
        System.arraycopy(codes, 0, bestCodes, 0, GROUP);
        if (range > 0 && error > 0) {
            for (float stretch : STRETCHES) {
                fill(
                        values,
                        from,
                        to,
                        range / (LARGEST_CODE + stretch),
                        smallest + range * stretch / (2 * (LARGEST_CODE + stretch)));
                int fitted = fit(values, from, to);
                short fittedScale = (short) (fitted >> 16);
                short fittedMinimum = (short) fitted;
                double fittedError = code(values, from, to, fittedScale, fittedMinimum);
                if (fittedError < error) {
                    error = fittedError;
                    scale = fittedScale;
                    minimum = fittedMinimum;
                    System.arraycopy(codes, 0, bestCodes, 0, GROUP);
                }
            }
        }
        putScale(panel, row, from / GROUP, scale, minimum);
        for (int k = from; k < to; k++) {
            putCode(panel, row, k, bestCodes[k - from]);
        }
        return error;
    }

    /** Chooses the codes nearest to the weights under a scale and a minimum. */
    private void fill(float[] values, int from, int to, double scale, double minimum) {
        double inverse = scale == 0 ? 0 : 1 / scale;
        for (int k = from; k < to; k++) {
            int code = (int) Math.rint((values[k] - minimum) * inverse);
            codes[k - from] = Math.clamp(code, 0, LARGEST_CODE);
        }
    }

    /** Chooses codes under half-precision parameters, and returns the squared error they leave. */
    private double code(float[] values, int from, int to, short scaleBits, short minimumBits) {
        float scale = Float.float16ToFloat(scaleBits);
        float minimum = Float.float16ToFloat(minimumBits);
        fill(values, from, to, scale, minimum);
        double error = 0;
        for (int k = from; k < to; k++) {
            error += squaredDifference(values[k], scale * codes[k - from] + minimum);
        }
        return error;
    }

    /** Scale (upper half) and minimum (lower half) that fit the chosen codes best, in half precision. */
    private int fit(float[] values, int from, int to) {
        int count = to - from;
        long codeSum = 0;
        long squareSum = 0;
        double valueSum = 0;
        double productSum = 0;
        for (int k = from; k < to; k++) {
            int code = codes[k - from];
            codeSum += code;
            squareSum += (long) code * code;
            valueSum += values[k];
            productSum += (double) code * values[k];
        }
        long determinant = count * squareSum - codeSum * codeSum;
        double scale = determinant == 0 ? 0 : (count * productSum - codeSum * valueSum) / determinant;
        double minimum = (valueSum - scale * codeSum) / count;
        return (toFloat16((float) scale) << 16) | (toFloat16((float) minimum) & 0xFFFF);
    }

    void putScale(byte[] panel, int row, int group, short scale, short minimum) {
        int at = scalesAt(row, group * GROUP);
        putShort(panel, at, scale);
        putShort(panel, at + 2, minimum);
    }

    void putCode(byte[] panel, int row, int k, int code) {
        panel[codesAt(row, k) + k % 4] |= (byte) (code << (k / 4 % 2 * 4));
    }
}
