// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.format.ModelFormatException;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelInfo;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.Tuning;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.LlamaModel;
import dev.dendra.model.ModelConfig;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import java.util.List;

/**
 * A model ready to compute, with the kernels and the threads it computes with. Closing it leaves the opened model open.
 *
 * @param model the forward pass
 * @param kernels in use
 * @param passedOver better kernels that do not run here, as {@code name: reason}
 * @param tuning what the kernels decided by measuring, and how; empty where they had nothing to measure
 * @param pool compute threads
 */
record LoadedModel(LlamaModel model, Kernels kernels, List<String> passedOver, List<String> tuning, ComputePool pool)
        implements AutoCloseable {

    /**
     * Loads a model.
     *
     * @param choice of the kernels
     * @param maximumRows most rows of a step
     * @param kvCache type and size of the KV cache
     * @throws CommandFailure if the context that was asked for is longer than the model's, the kernels lack the
     *     precision of activations that was asked for, or the memory for the KV cache is too little or not there
     * @throws ModelFormatException if the weights are not those of an architecture that is known
     * @throws dev.dendra.kernels.KernelLoadException if the kernels do not run here
     */
    static LoadedModel load(
            OpenedModel opened, KernelChoice choice, ComputeChoice compute, int maximumRows, KvCacheOptions kvCache)
            throws CommandFailure, ModelFormatException {
        ComputePool pool = new ComputePool(compute.threads(), compute.placement());
        try {
            return load(opened, choice, compute, maximumRows, kvCache, pool);
        } catch (CommandFailure | ModelFormatException | RuntimeException | Error failure) {
            pool.close();
            throw failure;
        }
    }

    /**
     * Loads another model, as {@link #load} does, onto the threads of this one. They end when either model is closed, so
     * both have to have done their work by then.
     */
    LoadedModel beside(
            OpenedModel other, KernelChoice choice, ComputeChoice compute, int maximumRows, KvCacheOptions kvCache)
            throws CommandFailure, ModelFormatException {
        return load(other, choice, compute, maximumRows, kvCache, pool);
    }

    private static LoadedModel load(
            OpenedModel opened,
            KernelChoice choice,
            ComputeChoice compute,
            int maximumRows,
            KvCacheOptions kvCache,
            ComputePool pool)
            throws CommandFailure, ModelFormatException {
        int longest = ModelConfig.of(opened.source().metadata()).contextLength();
        if (compute.context() > longest) {
            throw new CommandFailure("--context " + compute.context() + " is more than the " + longest + " tokens that "
                    + opened.name() + " was made for");
        }
        KernelSelector.Selection selection = choice.select();
        try {
            Tuning tuning = opened.tune(
                    selection.kernels(),
                    compute.activations().apply(selection.kernels()).precisions(),
                    compute.threads());
            Kernels kernels = tuning.kernels();
            ModelOptions options = compute.modelOptions(kernels, maximumRows, kvCache);
            if (opened.isInMemory()) {
                options = new ModelOptions(
                        options.contextLength(), maximumRows, kvCache, options.activations(), WeightPlacement.MAPPED);
            }
            LlamaModel model = LlamaModel.load(opened.source(), kernels, pool, options);
            return new LoadedModel(model, kernels, selection.passedOver(), tuning.findings(), pool);
        } catch (ModelFormatException | RuntimeException | Error failure) {
            selection.kernels().close();
            if (failure instanceof UnsupportedOperationException lacking) {
                throw new CommandFailure(String.valueOf(lacking.getMessage()));
            }
            throw failure;
        }
    }

    /** The kernels and, where better ones were passed over, why. */
    String describeKernels() {
        KernelInfo info = kernels.info();
        String passed = passedOver.isEmpty() ? "" : " (passed over: " + String.join("; ", passedOver) + ")";
        return info.provider() + ", " + info.isa() + passed;
    }

    @Override
    public void close() {
        model.close();
        pool.close();
        kernels.close();
    }
}
