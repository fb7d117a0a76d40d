// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.MatrixPacker;
import dev.dendra.convert.UnrepresentableWeightException;
import dev.dendra.convert.pruning.InputMoments;
import dev.dendra.convert.pruning.InvalidMomentsException;
import dev.dendra.convert.pruning.Pruned;
import dev.dendra.convert.pruning.Pruner;
import dev.dendra.convert.pruning.PruningRequest;
import dev.dendra.convert.pruning.WeightMatrix;
import dev.dendra.format.TensorDescription;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes single tensors of a sparse model. */
final class TensorPacker {
    private final MatrixPacker packer;
    private final Pruner pruner;
    private final boolean keepsCodes;
    private final Arena arena;

    /**
     * A packer whose tensors live as long as {@code arena}, which is one of all threads.
     *
     * @param keepsCodes whether weights on the grid of an encoding are to keep their codes, in dense matrices too; the
     *     pruner is one that does
     */
    TensorPacker(MatrixPacker packer, Pruner pruner, boolean keepsCodes, Arena arena) {
        this.keepsCodes = keepsCodes;
        this.packer = packer;
        this.pruner = pruner;
        this.arena = arena;
    }

    /**
     * A tensor that stays as it is but for its encoding.
     *
     * @throws SparsifyException if the encoding cannot hold the weights
     */
    PackedTensor kept(PlannedTensor tensor) throws SparsifyException {
        String type = tensor.source().type().name();
        if (!tensor.isMatrix()) {
            float[] values = BlockWeights.vector(tensor.source());
            TensorDescription vector =
                    new TensorDescription(tensor.name(), Encoding.F32, List.of(values.length), type, 0);
            MemorySegment bytes = OffHeap.allocate(arena, vector.bytes()).asSlice(0, vector.bytes());
            MemorySegment.copy(values, 0, bytes, ValueLayout.JAVA_FLOAT, 0, values.length);
            return new PackedTensor(vector, bytes);
        }
        TensorDescription matrix = new TensorDescription(
                tensor.name(), tensor.encoding(), List.of(tensor.rows(), tensor.columns()), type, 0);
        if (keepsCodes && !tensor.source().type().isQuantized()) {
            Optional<PackedTensor> onGrid = onGrid(tensor, matrix);
            if (onGrid.isPresent()) {
                return onGrid.get();
            }
        }
        MemorySegment bytes = OffHeap.allocate(arena, matrix.bytes());
        try {
            double error = packer.pack(tensor.source(), matrix.layout(), bytes);
            return new PackedTensor(matrix.withRelativeError(error), bytes);
        } catch (UnrepresentableWeightException unfit) {
            throw fault(tensor, unfit);
        }
    }

    /** A dense matrix of weights that the encoding gives back to the last bit; nothing if it does not. */
    private Optional<PackedTensor> onGrid(PlannedTensor tensor, TensorDescription matrix) throws SparsifyException {
        if (tensor.encoding() == Encoding.F32) {
            return Optional.empty();
        }
        PruningRequest everything = new PruningRequest(Pattern.UNSTRUCTURED, 1, tensor.encoding(), false);
        try (Arena scratch = Arena.ofShared()) {
            Pruned coded = pruner.prune(BlockWeights.matrix(tensor), null, everything, scratch);
            if (coded.relativeError() > 0) {
                return Optional.empty();
            }
            MemorySegment bytes = OffHeap.allocate(arena, matrix.bytes());
            MemorySegment.copy(coded.dense().segment(), 0, bytes, 0, matrix.bytes());
            return Optional.of(new PackedTensor(matrix, bytes));
        } catch (UnrepresentableWeightException unfit) {
            throw fault(tensor, unfit);
        }
    }

    /**
     * A pruned matrix.
     *
     * @throws SparsifyException if the encoding cannot hold the weights, or the calibration tokens give no moments
     */
    PackedTensor pruned(
            PlannedTensor tensor, WeightMatrix weights, @Nullable InputMoments moments, PruningRequest request)
            throws SparsifyException {
        try (Arena scratch = Arena.ofShared()) {
            Pruned pruned = pruner.prune(weights, moments, request, scratch);
            PackedMatrix sparse = SparsePacker.pack(pruned.dense(), pruned.live(), arena);
            TensorDescription described = new TensorDescription(
                    tensor.name(),
                    sparse.encoding(),
                    sparse.pattern(),
                    pruned.live().density(),
                    List.of(sparse.rows(), sparse.columns()),
                    sparse.segment().byteSize(),
                    tensor.source().type().name(),
                    pruned.relativeError());
            return new PackedTensor(described, sparse.segment());
        } catch (UnrepresentableWeightException | InvalidMomentsException unfit) {
            throw fault(tensor, unfit);
        }
    }

    private static SparsifyException fault(PlannedTensor tensor, RuntimeException cause) {
        return new SparsifyException(
                "tensor '" + tensor.name() + "' cannot become "
                        + tensor.encoding().id() + ": " + cause.getMessage(),
                cause);
    }
}
