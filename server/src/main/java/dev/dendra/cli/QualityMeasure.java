// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.evaluation.EvaluationException;
import dev.dendra.evaluation.EvaluationProgress;
import dev.dendra.evaluation.EvaluationText;
import dev.dendra.evaluation.PerplexityScore;
import dev.dendra.evaluation.SampleMean;
import dev.dendra.evaluation.TextWindows;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.format.Sha256;
import dev.dendra.format.Sparsification;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.model.Activations;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.LlamaModel;
import dev.dendra.model.ModelConfig;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import java.util.List;
import java.util.Optional;

/** Perplexity of a model before and after pruning, each as it is served. */
final class QualityMeasure {
    private static final int LONGEST_WINDOW = 512;

    private final Console console;
    private final EvaluationText text;
    private final OpenedModel before;
    private final Optional<Sparsification.Baseline> baseline;
    private final int window;
    private final List<int[]> windows;

    /**
     * A measure on a text.
     *
     * @param before what the model is made from, or what it is compared with instead
     * @param baseline what that is, if the model is not made from it
     * @throws EvaluationException if the text is too short
     */
    QualityMeasure(Console console, EvaluationText text, OpenedModel before, Optional<Sparsification.Baseline> baseline)
            throws EvaluationException, ModelFormatException {
        this.console = console;
        this.text = text;
        this.before = before;
        this.baseline = baseline;
        int context = ModelConfig.of(before.source().metadata()).contextLength();
        this.window = Math.min(LONGEST_WINDOW, context);
        this.windows = TextWindows.of(before.tokenizer(), text, window);
    }

    /**
     * Measures.
     *
     * @param after the pruned model
     * @throws EvaluationException if a model's logits are not finite
     */
    Sparsification.Quality of(ModelSource after, Kernels kernels, ComputePool pool)
            throws EvaluationException, ModelFormatException {
        long tokens = windows.stream().mapToLong(each -> each.length).sum();
        try (EvaluationProgressDisplay progress = new EvaluationProgressDisplay(console, 2 * tokens)) {
            SampleMean source = perplexity(before.source(), before.isInMemory(), kernels, pool, progress);
            SampleMean sparse = perplexity(after, false, kernels, pool, progress);
            return new Sparsification.Quality(
                    text.name(),
                    Sha256.of(text.content()),
                    source.elements(),
                    source.value(),
                    sparse.value(),
                    baseline);
        }
    }

    private SampleMean perplexity(
            ModelSource model, boolean inMemory, Kernels kernels, ComputePool pool, EvaluationProgress progress)
            throws EvaluationException, ModelFormatException {
        ModelOptions options = new ModelOptions(
                window,
                window,
                KvCacheOptions.ofBlocks(KvType.F32, Math.ceilDiv(window, KvLayout.BLOCK_TOKENS)),
                Activations.defaultOf(kernels),
                inMemory ? WeightPlacement.MAPPED : WeightPlacement.AUTO);
        try (LlamaModel loaded = LlamaModel.load(model, kernels, pool, options)) {
            return PerplexityScore.of(loaded, kernels, windows, progress).perplexity();
        }
    }
}
