// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Second moments of a matrix's inputs over calibration tokens: the sum of {@code x x^T}, {@code [K, K]}. Half of the
 * Hessian of the squared error of an output with respect to its weights.
 *
 * <p>Products are summed in single precision over up to {@value #CHUNK} tokens and from there in double precision, in an
 * order that depends on the calls of {@link #add} alone. Takes {@code 4 K^2} bytes. Not thread-safe.
 */
public final class InputMoments {
    private static final int CHUNK = 128;
    /** What {@link #damping} is of the mean diagonal. Frantar and Alistarh 2023. */
    private static final double DAMPING = 0.01;
    /** Rows of the result that are a task. */
    private static final int BAND = 16;
    /** Columns that a thread works on at once, whole bands: 128 tokens of them stay in the second-level cache. */
    private static final int STRIPE = 512;

    private final int columns;
    private final ParallelPanels parallel;
    /** Row i holds columns 0 to i. */
    private final double[][] lower;
    /** Inputs of some tokens. */
    private final float[][] chunk;

    private long tokens;

    /** Moments of no tokens yet, to which {@code threads} platform threads add. */
    public InputMoments(int columns, int threads) {
        this(columns, new ParallelPanels(threads));
    }

    private InputMoments(int columns, ParallelPanels parallel) {
        this.columns = columns;
        this.parallel = parallel;
        this.lower = new double[columns][];
        for (int i = 0; i < columns; i++) {
            lower[i] = new double[i + 1];
        }
        this.chunk = new float[CHUNK][columns];
    }

    /**
     * Adds tokens.
     *
     * @param inputs {@code [M, K]}
     * @param rows how many of its rows are tokens
     * @throws InvalidMomentsException if an input is not finite, or too large for its square; the moments are of no use then
     */
    public void add(FloatMatrix inputs, int rows) {
        if (inputs.columns() != columns || rows > inputs.rows()) {
            throw new IllegalArgumentException("inputs [" + inputs.rows() + ", " + inputs.columns() + "] for " + rows
                    + " tokens of " + columns + " inputs");
        }
        for (int from = 0; from < rows; from += CHUNK) {
            int count = Math.min(CHUNK, rows - from);
            // A multiple of four tokens, so that the loop over them has no tail.
            int padded = Math.ceilDiv(count, 4) * 4;
            for (int t = 0; t < padded; t++) {
                if (t < count) {
                    MemorySegment.copy(
                            inputs.segment(), ValueLayout.JAVA_FLOAT, inputs.offset(from + t, 0), chunk[t], 0, columns);
                } else {
                    Arrays.fill(chunk[t], 0f);
                }
            }
            int bands = Math.ceilDiv(columns, BAND);
            // Long rows first, so that the last tasks are the small ones.
            parallel.run(bands, () -> {
                float[] sums = new float[columns];
                return band -> addBand((bands - 1 - band) * BAND, padded, sums);
            });
            tokens += count;
        }
        for (int k = 0; k < columns; k++) {
            if (!Double.isFinite(lower[k][k])) {
                throw new InvalidMomentsException("input " + k + " of " + columns
                        + " is not finite in some calibration token, or too large for its square");
            }
        }
    }

    private void addBand(int first, int count, float[] sums) {
        int end = Math.min(first + BAND, columns);
        for (int from = 0; from < end; from += STRIPE) {
            for (int i = first; i < end; i++) {
                addRow(i, from, Math.min(from + STRIPE, i + 1), count, sums);
            }
        }
    }

    private void addRow(int i, int from, int to, int count, float[] sums) {
        Arrays.fill(sums, from, to, 0f);
        for (int t = 0; t < count; t += 4) {
            float[] x0 = chunk[t];
            float[] x1 = chunk[t + 1];
            float[] x2 = chunk[t + 2];
            float[] x3 = chunk[t + 3];
            Axpy.add(sums, x0[i], x0, x1[i], x1, x2[i], x2, x3[i], x3, from, to);
        }
        double[] row = lower[i];
        for (int j = from; j < to; j++) {
            row[j] += sums[j];
        }
    }

    /**
     * The moments, for a matrix that cannot be pruned without.
     *
     * @throws IllegalArgumentException if there are none, or of another width
     */
    static InputMoments require(@Nullable InputMoments moments, WeightMatrix weights) {
        if (moments == null || moments.columns != weights.columns()) {
            throw new IllegalArgumentException(weights.name() + " has " + weights.columns() + " inputs, and there are "
                    + (moments == null ? "no moments" : "moments of " + moments.columns));
        }
        if (moments.tokens == 0) {
            throw new InvalidMomentsException(weights.name() + ": no calibration tokens were added");
        }
        return moments;
    }

    /** Inputs K. */
    public int columns() {
        return columns;
    }

    /** How many tokens were added. */
    public long tokens() {
        return tokens;
    }

    /** The sum of products of two inputs. */
    public double get(int i, int j) {
        return i >= j ? lower[i][j] : lower[j][i];
    }

    /**
     * What is added to the diagonal so that the Hessian can be inverted.
     *
     * @throws InvalidMomentsException if all inputs are always zero
     */
    double damping() {
        double trace = 0;
        for (int k = 0; k < columns; k++) {
            trace += lower[k][k];
        }
        if (trace == 0) {
            throw new InvalidMomentsException("all " + columns + " inputs are zero in all calibration tokens");
        }
        return DAMPING * trace / columns;
    }

    /** The sum of squares of an output with the given weights, {@code w^T X w}. */
    double energy(double[] weights) {
        double energy = 0;
        for (int i = 0; i < columns; i++) {
            double[] row = lower[i];
            double sum = row[i] * weights[i] / 2;
            for (int j = 0; j < i; j++) {
                sum += row[j] * weights[j];
            }
            energy += 2 * weights[i] * sum;
        }
        return Math.max(energy, 0);
    }

    /** The Euclidean norm of each input over all tokens. */
    public double[] norms() {
        double[] norms = new double[columns];
        for (int k = 0; k < columns; k++) {
            norms[k] = Math.sqrt(lower[k][k]);
        }
        return norms;
    }

    /** Moments of the same inputs in another order: {@code order[i]} comes i-th. */
    public InputMoments reordered(int[] order) {
        InputMoments moments = new InputMoments(columns, parallel);
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j <= i; j++) {
                moments.lower[i][j] = get(order[i], order[j]);
            }
        }
        moments.tokens = tokens;
        return moments;
    }
}
