// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.kernels.MatmulSlice;
import dev.dendra.tensor.PackedMatrix;
import java.util.ArrayList;
import java.util.List;

/** The matrix products of a model before it is built, as its workers will share them. */
public final class MatmulSlices {
    private final int threads;
    private final List<MatmulSlice> slices = new ArrayList<>();

    private MatmulSlices(int threads) {
        this.threads = threads;
    }

    /**
     * Of the model in {@code source} on that many threads; reads no weights.
     *
     * @throws ModelFormatException if a tensor is missing or misshapen
     */
    public static List<MatmulSlice> of(ModelSource source, int threads) throws ModelFormatException {
        LlamaWeights weights = LlamaWeights.of(source, ModelConfig.of(source.metadata()));
        MatmulSlices all = new MatmulSlices(threads);
        for (LayerWeights layer : weights.layers()) {
            all.addRegion(layer.query(), layer.key(), layer.value());
            all.addRegion(layer.output());
            all.addRegion(layer.gate());
            all.addRegion(layer.up());
            all.addRegion(layer.down());
        }
        all.addRegion(weights.head());
        return all.slices;
    }

    /** Products that workers share as one region, see {@link ParallelKernels}. */
    private void addRegion(PackedMatrix... matrices) {
        int total = 0;
        for (PackedMatrix matrix : matrices) {
            total += matrix.layout().panels();
        }
        int perTask = PanelTasks.firstPanel(1, PanelTasks.tasks(total, threads), total);
        for (PackedMatrix matrix : matrices) {
            int panels = matrix.layout().panels();
            int perCall = Math.min(panels, perTask);
            slices.add(new MatmulSlice(matrix.encoding(), matrix.columns(), perCall, Math.ceilDiv(panels, perCall)));
        }
    }
}
