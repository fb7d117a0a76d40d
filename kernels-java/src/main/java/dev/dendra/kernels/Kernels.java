// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The operations of a Transformer on one thread's slice of the work. Implementations hold no state between calls and
 * may be called from many threads at once on disjoint slices; parallelism lives above this interface.
 *
 * <p>Nothing is checked here: shapes are validated when a model is planned. All memory is off-heap and 64-byte aligned.
 * Ranges are half open. Unless said otherwise an output must not overlap an input. {@code scratch} belongs to the
 * calling worker, has {@link #scratchBytes()} and holds nothing between calls.
 *
 * <p>Accuracy: rounding to integers and matmuls on what it gives are bit-identical between all implementations;
 * everything else stays within the bounds that the contract tests derive from the reduction length.
 */
public interface Kernels extends AutoCloseable {

    /** Which kernels these are. */
    KernelInfo info();

    /** Bytes of scratch that a worker has to bring. */
    long scratchBytes();

    /**
     * Chooses between ways to compute the same thing, by timing them on this processor where no earlier start has: at
     * most 300 ms. For the time between opening kernels and building the model. No choice changes what
     * {@link #matmul(PackedMatrix, QuantizedMatrix, FloatMatrix, int, int, int, MemorySegment)} and its kin compute.
     *
     * @param slices the products of the model
     * @param precisions of the activations that may enter them
     * @param store keeps what was measured
     */
    default Tuning tuned(List<MatmulSlice> slices, Set<ActivationPrecision> precisions, TuningStore store) {
        return new Tuning(this, List.of());
    }

    /**
     * Rows of a step from which products are faster with activations in bfloat16 than in int16;
     * {@link Tuning#NEVER} where they are not.
     */
    default int bfloat16RowsFrom() {
        return Tuning.NEVER;
    }

    /**
     * Embedding gather: row {@code i} of {@code y} becomes row {@code rows.token(i)} of the table {@code [vocabulary,
     * K]}, dequantised, for {@code i} in {@code rowFrom .. rowTo}. The table is dense: kernels cannot find a row in a
     * sparse one.
     */
    void gather(PackedMatrix table, StepRows rows, FloatMatrix y, int rowFrom, int rowTo);

    /**
     * RMSNorm (Zhang and Sennrich 2019, eq. 4): {@code y = x / sqrt(mean(x^2) + epsilon) * weight} over
     * {@code x.columns()} elements of each row. {@code y} may be {@code x}.
     *
     * @param weight f32 {@code [columns]}
     */
    void rmsNorm(FloatMatrix x, MemorySegment weight, float epsilon, FloatMatrix y, int rowFrom, int rowTo);

    /**
     * Precisions that activations may have in a matmul here. A matmul on another one, or the rounding to it, throws
     * {@link UnsupportedOperationException}.
     */
    Set<ActivationPrecision> activationPrecisions();

    /**
     * Refuses a precision that these kernels lack.
     *
     * @throws UnsupportedOperationException naming the precision and the kernels
     */
    default void requireActivations(ActivationPrecision precision) {
        if (!activationPrecisions().contains(precision)) {
            String known = activationPrecisions().stream()
                    .sorted()
                    .map(ActivationPrecision::id)
                    .collect(Collectors.joining(", "));
            throw new UnsupportedOperationException(info().provider() + " kernels (" + info().isa() + ") do not take "
                    + precision.id() + " activations; they take " + known);
        }
    }

    /**
     * Rounds rows to int8 or int16, as {@code y} is made, with one scale for each group or row of {@code y}:
     * {@code scale = max|x| / L}, {@code code = rint(x / scale)} computed as {@code rint(x * (L / max|x|))}, ties to
     * even, where {@code L} is 127 for int8 and 32512 (127 * 256) for int16. NaN counts as 0 in codes and maxima.
     * Infinities give an infinite scale and zero codes. A group of zeros, or of magnitudes so small that
     * {@code L / max|x|} is not finite, has scale and codes 0. An int16 code's high byte is
     * {@code (code + 128) >> 8}, so that the low byte is in -128 .. 127.
     */
    void quantizeRows(FloatMatrix x, QuantizedMatrix y, int rowFrom, int rowTo);

    /** Rounds rows to bfloat16, to nearest and ties to even; denormals may become zero. */
    void roundRows(FloatMatrix x, Bfloat16Matrix y, int rowFrom, int rowTo);

    /**
     * {@code y[m, n] = sum over k of x[m, k] * w[n, k]} for {@code m < rows} and the outputs of panels
     * {@code panelFrom .. panelTo}; weights as {@link dev.dendra.tensor.Encoding} defines them.
     * An implementation adds in one order of its own, whatever {@code rows} is, so a row's result does not depend on the
     * batch it is in. It may sum by groups of 32 inputs, and multiply the sums of codes by scale and minimum. An
     * activation that is not finite makes the outputs that it reaches not finite. Writes whole panels:
     * {@code y.stride()} must be at least N padded to 16.
     *
     * <p>A sparse {@code w}, here and in the other products, stands for the dense matrix that
     * {@link dev.dendra.sparse.SparseExpansion} makes of it; with integer activations the results are those of that
     * matrix bit for bit. What is not stored need not be computed: only through live weights is an activation sure to
     * reach an output when it is not finite.
     */
    void matmul(
            PackedMatrix w, FloatMatrix x, FloatMatrix y, int rows, int panelFrom, int panelTo, MemorySegment scratch);

    /**
     * The same product on activations rounded to int8 or int16; {@code w.encoding().isInteger()} must hold, and
     * {@code x.group()} be {@code w.encoding().groupSize()}. With {@code dot} the exact int32 dot product of codes,
     * {@code sum} the sum of the activation codes, {@code a} the activation's scale:
     *
     * <ul>
     *   <li>{@code i8}: {@code y = (float) dot * (a * scale)} over all of K;
     *   <li>{@code i8g32}: {@code y = fma(a, scale * (float) dot, y)} over ascending groups;
     *   <li>{@code u4g32}: {@code y = fma(a, fma(scale, (float) dot, minimum * (float) sum), y)}, likewise.
     * </ul>
     *
     * For int16, {@code (float) dot} is {@code fma(256, (float) dot(plane), (float) dot(lowPlane))}, and {@code (float)
     * sum} likewise.
     */
    void matmul(
            PackedMatrix w,
            QuantizedMatrix x,
            FloatMatrix y,
            int rows,
            int panelFrom,
            int panelTo,
            MemorySegment scratch);

    /**
     * The same product on bfloat16 activations, summed in single precision. Weights are rounded to bfloat16, to nearest
     * and ties to even, but for encoding {@code i8}, whose codes are exact and whose scale multiplies the finished sum.
     * Denormals may count as zero. A row's result does not depend on the batch it is in.
     */
    void matmul(
            PackedMatrix w,
            Bfloat16Matrix x,
            FloatMatrix y,
            int rows,
            int panelFrom,
            int panelTo,
            MemorySegment scratch);

    /** {@code y += x} element by element; columns {@code 0 .. x.columns()}. */
    void add(FloatMatrix x, FloatMatrix y, int rowFrom, int rowTo);

    /**
     * Adds a bias to every row.
     *
     * @param bias f32 {@code [y.columns()]}
     */
    void addBias(MemorySegment bias, FloatMatrix y, int rowFrom, int rowTo);

    /**
     * SwiGLU's gate (Shazeer 2020): {@code y = gate / (1 + exp(-gate)) * up} for rows {@code 0 .. rows} and columns
     * {@code columnFrom .. columnTo}, both multiples of 16. {@code y} may be {@code gate}.
     */
    void siluMultiply(FloatMatrix gate, FloatMatrix up, FloatMatrix y, int rows, int columnFrom, int columnTo);

    /**
     * Rotary embedding (Su et al. 2021, section 3.4.2) in place on heads of {@code headDimension} elements:
     * {@code (a, b) -> (a cos - b sin, a sin + b cos)} for the first {@code rotated} elements of each head.
     *
     * @param x {@code [M, heads * headDimension]}
     * @param table f32 {@code [positions][rotated/2][2]}: cosine and sine for each position and pair
     * @param rotated elements of a head that turn, even; the rest stay
     */
    void rope(
            FloatMatrix x,
            int heads,
            int headDimension,
            int rotated,
            RopeOrder order,
            MemorySegment table,
            StepRows rows,
            int rowFrom,
            int rowTo);

    /**
     * Writes keys and values of rows into the cache at their positions, rounded as {@link KvType} says, bit for bit. Rows
     * of one sequence may be written by several threads at once.
     *
     * @param keys {@code [M, kvHeads * headDimension]}, after rotary embedding
     * @param values {@code [M, kvHeads * headDimension]}
     * @param cache the whole pool, {@code layout.bytes()}
     */
    void writeKv(
            FloatMatrix keys,
            FloatMatrix values,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            int rowFrom,
            int rowTo);

    /**
     * Causal grouped-query attention over the paged cache: each row attends positions 0 to its own, inclusive, with
     * {@code softmax(q . k * scale)}, for the {@code heads / kvHeads} query heads that share KV head {@code kvHead}.
     * What the cache holds is taken for exact, and sums are in single precision.
     * A row's result does not depend on which other rows are in the call: it is that of {@link #attentionSpans} for all
     * its spans, then {@link #mergeSpans}, bit for bit.
     *
     * @param q {@code [M, heads * headDimension]}, after rotary embedding
     * @param y {@code [M, heads * headDimension]}
     * @param heads query heads, a multiple of {@code layout.kvHeads()}
     */
    void attention(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            float scale,
            FloatMatrix y,
            int heads,
            int kvHead,
            int rowFrom,
            int rowTo,
            MemorySegment scratch);

    /**
     * Partial results of a row's attention: those of its {@linkplain AttentionSpans spans} {@code spanFrom .. spanTo} go
     * to rows {@code slot} and following of {@code partials}, whichever spans are asked for together.
     *
     * @param partials {@code [slots, AttentionSpans.partialColumns(heads / kvHeads, headDimension)]}
     * @param spanTo at most {@code AttentionSpans.count(position)}
     */
    void attentionSpans(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            float scale,
            FloatMatrix partials,
            int heads,
            int kvHead,
            int row,
            int spanFrom,
            int spanTo,
            int slot,
            MemorySegment scratch);

    /**
     * Attention of row {@code row} for the query heads that share KV head {@code kvHead}, from the partial results of all
     * its spans, ascending in rows {@code slotFrom .. slotTo} of {@code partials}. Two partial results become one by the
     * larger of their largest scores, to which sums and outputs shrink (Dao et al. 2023, "Flash-Decoding"); one after
     * the other is added to those before it, and the last division makes the output.
     *
     * @param y {@code [M, heads * headDimension]}
     */
    void mergeSpans(
            FloatMatrix partials,
            int slotFrom,
            int slotTo,
            KvLayout layout,
            FloatMatrix y,
            int heads,
            int kvHead,
            int row);

    /**
     * Turns a row of logits into log-probabilities' normaliser: {@code log(sum(exp(x)))} over {@code x.columns()}
     * elements of row {@code row}, computed from the row's maximum. NaN anywhere gives NaN.
     */
    float logSumExp(FloatMatrix x, int row);

    /** Column of the largest element of a row, the first of equals; NaN never wins; 0 if all are NaN. */
    int argMax(FloatMatrix x, int row);

    /** In-place soft-max of a row over {@code x.columns()} elements. */
    void softmax(FloatMatrix x, int row);

    @Override
    void close();
}
