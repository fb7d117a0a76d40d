// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.TuningFile;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.Tuning;
import dev.dendra.kernels.TuningStore;
import dev.dendra.model.MatmulSlices;
import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.HugePageMemory;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tokenizer.ChatTemplate;
import dev.dendra.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * A model whose weights are packed and whose tokenizer is ready; nothing is computed yet.
 *
 * @param name what users call it
 * @param source metadata and weights
 * @param tokenizer its tokenizer
 * @param chatTemplate nothing where it has none that works
 * @param storage where the packed weights are, for people
 * @param tuned file, itself there or not, beside which it is kept what kernels measured for the model; nothing to keep
 *     nothing
 * @param memory what holds weights that were packed in memory; nothing where a file is mapped
 */
record OpenedModel(
        String name,
        ModelSource source,
        Tokenizer tokenizer,
        Optional<ChatTemplate> chatTemplate,
        String storage,
        Optional<Path> tuned,
        Optional<HugePageMemory> memory)
        implements AutoCloseable {

    /** Whether the weights were packed in memory and need no other place. */
    boolean isInMemory() {
        return memory.isPresent();
    }

    /**
     * Makes kernels ready for this model; where that takes measuring, the results are kept beside the packed file, or for it in the cache.
     *
     * @param precisions of the activations
     * @param threads that will compute
     * @throws ModelFormatException if a tensor is missing or misshapen
     */
    Tuning tune(Kernels kernels, Set<ActivationPrecision> precisions, int threads) throws ModelFormatException {
        return kernels.tuned(MatmulSlices.of(source, threads), precisions, tuningStore());
    }

    private TuningStore tuningStore() {
        return tuned.<TuningStore>map(file ->
                        TuningFile.beside(file, () -> CpuFeatures.detect().identity()))
                .orElseGet(() -> TuningStore.none("there is no packed file to keep it beside"));
    }

    @Override
    public void close() {
        source.close();
        memory.ifPresent(HugePageMemory::close);
    }
}
