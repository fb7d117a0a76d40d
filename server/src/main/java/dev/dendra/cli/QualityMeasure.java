// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.evaluation.EvaluationException;
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
import dev.dendra.model.Activations;
import dev.dendra.model.LlamaModel;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Perplexity of a model before and after pruning, each as it is served. */
final class QualityMeasure {
    private static final int WINDOW = 512;

    private final Console console;
    private final EvaluationText text;
    private final Kernels kernels;
    private final ComputePool pool;

    QualityMeasure(Console console, EvaluationText text, Kernels kernels, ComputePool pool) {
        this.console = console;
        this.text = text;
        this.kernels = kernels;
        this.pool = pool;
    }

    /**
     * Measures.
     *
     * @param before what the model was made from
     * @throws EvaluationException if the text is too short, or a model's logits are not finite
     */
    Sparsification.Quality of(OpenedModel before, ModelSource after) throws EvaluationException, ModelFormatException {
        List<int[]> windows = TextWindows.of(before.tokenizer(), text, WINDOW);
        long tokens = windows.stream().mapToLong(window -> window.length).sum();
        try (EvaluationProgressDisplay progress = new EvaluationProgressDisplay(console, 2 * tokens)) {
            SampleMean source = perplexity(before.source(), before.isInMemory(), windows, progress);
            SampleMean sparse = perplexity(after, false, windows, progress);
            byte[] content = text.content().getBytes(StandardCharsets.UTF_8);
            Sha256 digest = new Sha256();
            digest.update(content, content.length);
            return new Sparsification.Quality(
                    text.name(), digest.hex(), source.elements(), source.value(), sparse.value());
        }
    }

    private SampleMean perplexity(
            ModelSource model, boolean inMemory, List<int[]> windows, EvaluationProgressDisplay progress)
            throws EvaluationException, ModelFormatException {
        ModelOptions options = new ModelOptions(
                WINDOW,
                WINDOW,
                WINDOW / KvLayout.BLOCK_TOKENS,
                Activations.defaultOf(kernels),
                inMemory ? WeightPlacement.MAPPED : WeightPlacement.AUTO);
        try (LlamaModel loaded = LlamaModel.load(model, kernels, pool, options)) {
            return PerplexityScore.of(loaded, kernels, windows, progress).perplexity();
        }
    }
}
