// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.MatrixPacker;
import dev.dendra.convert.UnrepresentableWeightException;
import dev.dendra.convert.WeightRows;
import dev.dendra.convert.pruning.WeightMatrix;
import dev.dendra.format.GgmlDequantizer;
import dev.dendra.format.GgufTensor;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import dev.dendra.format.PackedModel;
import dev.dendra.format.PlacedTensor;
import dev.dendra.format.TensorDescription;
import dev.dendra.model.LayerWeights;
import dev.dendra.model.ModelConfig;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The weights of a Transformer block in single precision, before they are pruned. */
final class BlockWeights {
    private final int layer;
    private final Map<String, WeightMatrix> matrices = new LinkedHashMap<>();
    private final Map<String, float[]> vectors = new LinkedHashMap<>();

    private BlockWeights(int layer) {
        this.layer = layer;
    }

    /**
     * Reads a block.
     *
     * @param tensors all of it
     * @throws SparsifyException if a weight is not finite
     */
    static BlockWeights read(int layer, List<PlannedTensor> tensors) throws SparsifyException {
        BlockWeights block = new BlockWeights(layer);
        for (PlannedTensor tensor : tensors) {
            if (tensor.isMatrix()) {
                block.matrices.put(tensor.name(), matrix(tensor));
            } else {
                block.vectors.put(tensor.name(), vector(tensor.source()));
            }
        }
        return block;
    }

    /**
     * Reads a matrix.
     *
     * @throws SparsifyException if a weight is not finite
     */
    static WeightMatrix matrix(PlannedTensor tensor) throws SparsifyException {
        int rows = tensor.rows();
        int columns = tensor.columns();
        float[] values = new float[Math.multiplyExact(rows, columns)];
        float[] row = new float[columns];
        GgmlDequantizer dequantizer = new GgmlDequantizer(tensor.source());
        for (int n = 0; n < rows; n++) {
            dequantizer.dequantize(n, row);
            System.arraycopy(row, 0, values, n * columns, columns);
        }
        try {
            return new WeightMatrix(tensor.name(), rows, columns, values);
        } catch (UnrepresentableWeightException notFinite) {
            throw new SparsifyException(String.valueOf(notFinite.getMessage()), notFinite);
        }
    }

    /** Reads a vector. */
    static float[] vector(GgufTensor tensor) {
        float[] values = new float[(int) tensor.columns()];
        new GgmlDequantizer(tensor).dequantize(0, values);
        return values;
    }

    /** A matrix that is there. */
    WeightMatrix matrix(String name) {
        return Objects.requireNonNull(matrices.get(name), name);
    }

    /**
     * Puts the neurons of the feed-forward part in another order: rows of gate and up, columns of down. What the block
     * computes stays the same but for the order in which down adds.
     *
     * @param order which neuron comes at each place
     */
    void reorderNeurons(int... order) {
        for (String name : List.of(BlockTensors.name(layer, "ffn_gate"), BlockTensors.name(layer, "ffn_up"))) {
            WeightMatrix old = matrix(name);
            float[] values = new float[old.values().length];
            int columns = old.columns();
            for (int n = 0; n < order.length; n++) {
                System.arraycopy(old.values(), order[n] * columns, values, n * columns, columns);
            }
            matrices.put(name, new WeightMatrix(name, old.rows(), columns, values));
        }
        String name = BlockTensors.name(layer, "ffn_down");
        WeightMatrix old = matrix(name);
        float[] values = new float[old.values().length];
        for (int n = 0; n < old.rows(); n++) {
            for (int k = 0; k < order.length; k++) {
                values[n * old.columns() + k] = old.get(n, order[k]);
            }
        }
        matrices.put(name, new WeightMatrix(name, old.rows(), old.columns(), values));
    }

    /** The block as it is, ready to run. */
    LayerWeights pack(ModelConfig config, MatrixPacker packer, Arena arena) throws ModelFormatException {
        List<TensorDescription> tensors = new ArrayList<>();
        matrices.forEach((name, matrix) -> tensors.add(
                new TensorDescription(name, Encoding.F32, List.of(matrix.rows(), matrix.columns()), "F32", 0)));
        vectors.forEach((name, vector) ->
                tensors.add(new TensorDescription(name, Encoding.F32, List.of(vector.length), "F32", 0)));
        List<PlacedTensor> placed = PlacedTensor.inSequence(tensors);
        MemorySegment memory = OffHeap.allocate(arena, PlacedTensor.extent(placed));
        for (PlacedTensor each : placed) {
            TensorDescription tensor = each.tensor();
            if (tensor.isMatrix()) {
                packer.pack(
                        () -> rows(matrix(tensor.name())),
                        tensor.layout(),
                        memory.asSlice(each.offset(), tensor.bytes()));
            } else {
                float[] vector = Objects.requireNonNull(vectors.get(tensor.name()));
                MemorySegment.copy(vector, 0, memory, ValueLayout.JAVA_FLOAT, each.offset(), vector.length);
            }
        }
        return LayerWeights.of(
                new PackedModel(new ModelMetadata("blk." + layer, Map.of()), placed, memory), config, layer);
    }

    private static WeightRows rows(WeightMatrix matrix) {
        return (row, values) -> System.arraycopy(matrix.values(), row * matrix.columns(), values, 0, matrix.columns());
    }
}
