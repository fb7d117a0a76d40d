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
    /** Rows of the result that share a load of the inputs. */
    private static final int ROWS = 4;
    /** Columns of the result that a thread works on at once: 128 tokens of them stay in the second-level cache. */
    private static final int STRIPE = 512;

    private final int columns;
    private final ParallelPanels parallel;
    /** Row i holds columns 0 to i. */
    private final double[][] lower;
    /** Tokens of a chunk, one after the other; rows padded with zeros to a multiple of {@link #ROWS}. */
    private final float[] chunk;

    private final int stride;
    private long tokens;

    /** Moments of no tokens yet, to which {@code threads} platform threads add. */
    public InputMoments(int columns, int threads) {
        this.columns = columns;
        this.parallel = new ParallelPanels(threads);
        this.stride = Math.ceilDiv(columns, ROWS) * ROWS;
        this.lower = new double[columns][];
        for (int i = 0; i < columns; i++) {
            lower[i] = new double[i + 1];
        }
        this.chunk = new float[CHUNK * stride];
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
            MemorySegment segment = inputs.segment();
            for (int t = 0; t < count; t++) {
                MemorySegment.copy(
                        segment, ValueLayout.JAVA_FLOAT, inputs.offset(from + t, 0), chunk, t * stride, columns);
            }
            // A multiple of four tokens, so that the loop over them has no tail.
            int padded = Math.ceilDiv(count, 4) * 4;
            Arrays.fill(chunk, count * stride, padded * stride, 0f);
            int rowBlocks = stride / ROWS;
            // Long rows first, so that the last tasks are the small ones.
            parallel.run(rowBlocks, () -> {
                float[] sums = new float[ROWS * STRIPE];
                return block -> addRows((rowBlocks - 1 - block) * ROWS, padded, sums);
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

    private void addRows(int first, int count, float[] sums) {
        int end = first + ROWS;
        for (int from = 0; from < end; from += STRIPE) {
            int width = Math.min(STRIPE, end - from);
            Arrays.fill(sums, 0f);
            for (int t = 0; t < count; t += 4) {
                addTokens(chunk, t * stride + first, t * stride + from, stride, width, sums);
            }
            for (int r = 0; r < ROWS && first + r < columns; r++) {
                double[] row = lower[first + r];
                int to = Math.min(width, first + r + 1 - from);
                for (int j = 0; j < to; j++) {
                    row[from + j] += sums[r * STRIPE + j];
                }
            }
        }
    }

    /** Four tokens into four rows: sixteen products for each load of four inputs and four sums. */
    private static void addTokens(float[] x, int left, int right, int stride, int width, float[] sums) {
        int l1 = left + stride;
        int l2 = left + 2 * stride;
        int l3 = left + 3 * stride;
        int r1 = right + stride;
        int r2 = right + 2 * stride;
        int r3 = right + 3 * stride;
        for (int r = 0; r < ROWS; r++) {
            float a0 = x[left + r];
            float a1 = x[l1 + r];
            float a2 = x[l2 + r];
            float a3 = x[l3 + r];
            int at = r * STRIPE;
            for (int j = 0; j < width; j++) {
                sums[at + j] += a0 * x[right + j] + a1 * x[r1 + j] + a2 * x[r2 + j] + a3 * x[r3 + j];
            }
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

    /** The Euclidean norm of an input over all tokens. */
    public double norm(int k) {
        return Math.sqrt(lower[k][k]);
    }
}
