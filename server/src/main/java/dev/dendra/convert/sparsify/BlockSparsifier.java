// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.MatrixPacker;
import dev.dendra.convert.pruning.InvalidMomentsException;
import dev.dendra.convert.pruning.NeuronOrder;
import dev.dendra.convert.pruning.PruningRequest;
import dev.dendra.format.ModelFormatException;
import dev.dendra.model.LayerWeights;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prunes one Transformer block at a time: watches it at work, puts its neurons in order, and prunes its matrices. */
final class BlockSparsifier {
    private static final List<String> FEED_FORWARD = List.of("ffn_gate", "ffn_up", "ffn_down");

    private final SparsifyPlan plan;
    private final MatrixPacker packer;
    private final int threads;
    private final SparsifyEffort effort;

    BlockSparsifier(SparsifyPlan plan, MatrixPacker packer, int threads, SparsifyEffort effort) {
        this.plan = plan;
        this.packer = packer;
        this.threads = threads;
        this.effort = effort;
    }

    /**
     * The finished tensors of a block.
     *
     * @param states what enters it; null where pruning needs no activations
     * @param packs the tensors
     */
    List<PackedTensor> prune(int layer, double density, @Nullable HiddenStates states, TensorPacker packs)
            throws SparsifyException, ModelFormatException, InterruptedException {
        List<PlannedTensor> tensors = plan.part(SparsifyPlan.blockPart(layer));
        PruningRequest request = plan.request().pruning(density);
        BlockWeights weights = BlockWeights.read(layer, tensors);
        BlockMoments moments = states == null ? null : watch(layer, tensors, weights, states);
        if (plan.request().permutesNeurons() && isFeedForwardPruned(layer, tensors)) {
            int[] order = order(layer, weights, moments, request);
            weights.reorderNeurons(order);
            if (moments != null) {
                moments.reorderNeurons(order);
            }
        }
        List<PackedTensor> packed = new ArrayList<>();
        for (PlannedTensor tensor : tensors) {
            if (tensor.isSparse()) {
                packed.add(packs.pruned(
                        tensor,
                        weights.matrix(tensor.name()),
                        moments == null ? null : moments.of(tensor.name()),
                        request));
                effort.pruned(tensor);
            } else {
                packed.add(packs.kept(tensor));
            }
        }
        return packed;
    }

    /** Runs the block as it is. */
    private BlockMoments watch(int layer, List<PlannedTensor> tensors, BlockWeights weights, HiddenStates states)
            throws SparsifyException, ModelFormatException, InterruptedException {
        BlockMoments moments = new BlockMoments(tensors, threads);
        try (Arena arena = Arena.ofShared()) {
            LayerWeights dense = weights.pack(plan.config(), packer, arena);
            states.observe(dense, moments, effort::observed);
            return moments;
        } catch (InvalidMomentsException unfit) {
            throw new SparsifyException("block " + layer + ": " + unfit.getMessage(), unfit);
        }
    }

    /** Neurons have one order in all three matrices, and one that stays dense keeps its codes as they are. */
    private static boolean isFeedForwardPruned(int layer, List<PlannedTensor> tensors) {
        List<String> names = FEED_FORWARD.stream()
                .map(kind -> BlockTensors.name(layer, kind))
                .toList();
        return tensors.stream()
                        .filter(tensor -> tensor.isSparse() && names.contains(tensor.name()))
                        .count()
                == names.size();
    }

    private static int[] order(
            int layer, BlockWeights weights, @Nullable BlockMoments moments, PruningRequest request) {
        String gate = BlockTensors.name(layer, "ffn_gate");
        String down = BlockTensors.name(layer, "ffn_down");
        return NeuronOrder.of(
                weights.matrix(gate),
                weights.matrix(BlockTensors.name(layer, "ffn_up")),
                weights.matrix(down),
                moments == null
                        ? ones(weights.matrix(gate).columns())
                        : moments.of(gate).norms(),
                moments == null
                        ? ones(weights.matrix(down).columns())
                        : moments.of(down).norms(),
                request);
    }

    /** Norms of inputs that nobody has seen: all alike, as for {@code PruningMethod.MAGNITUDE}. */
    private static double[] ones(int length) {
        double[] ones = new double[length];
        Arrays.fill(ones, 1);
        return ones;
    }
}
