// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.TestModel;
import dev.dendra.convert.ModelConverter;
import dev.dendra.format.GgufFile;
import dev.dendra.format.PackedModel;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.model.Activations;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.LlamaModel;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.OffHeap;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Perplexity of the default model against log-probabilities of an independent implementation, as {@code LogitsOracleTest}
 * has them, and what rounding activations to int8 costs against what the same implementation found.
 */
class PerplexityOracleTest {
    private static final int CONTEXT = 640;
    private static final int STEP_ROWS = 200;

    @Test
    void perplexityAndWhatRoundingCostsAreTheReferences() throws IOException, EvaluationException {
        Path path = TestModel.require();
        JsonNode fixture;
        try (InputStream in = Objects.requireNonNull(
                PerplexityOracleTest.class.getResourceAsStream("/oracle/smollm2-135m-instruct.json"))) {
            fixture = new ObjectMapper().readTree(in);
        }
        List<int[]> windows = new ArrayList<>();
        double expected = 0;
        int scored = 0;
        for (JsonNode text : fixture.get("texts")) {
            int[] window = new int[text.get("token_ids").size()];
            for (int i = 0; i < window.length; i++) {
                window[i] = text.get("token_ids").get(i).asInt();
            }
            windows.add(window);
            for (int i = 0; i < window.length - 1; i++) {
                expected -= text.get("logprobs").get(i).asDouble();
                scored++;
            }
        }
        expected /= scored;

        try (Arena arena = Arena.ofShared();
                GgufFile gguf = GgufFile.open(path);
                Kernels kernels = KernelSelector.select(KernelSelector.AUTO).kernels();
                ComputePool pool = new ComputePool(2)) {
            PackedModel packed = new ModelConverter(2)
                    .pack(gguf, Optional.empty(), bytes -> OffHeap.allocate(arena, bytes), (done, total, name) -> {});
            try (LlamaModel precise = model(packed, kernels, pool, ActivationPrecision.F32);
                    LlamaModel rounded = model(packed, kernels, pool, ActivationPrecision.I8)) {
                SampleMean alone = PerplexityScore.of(precise, kernels, windows).negativeLogLikelihood();
                assertEquals(expected, alone.value(), 2e-5);
                assertEquals(scored, alone.elements());
                assertEquals(windows.size(), alone.clusters());

                ModelComparison comparison =
                        ModelComparison.of(rounded, precise, kernels, pool, windows, EvaluationProgress.NONE);
                assertEquals(alone, comparison.baseline().negativeLogLikelihood());
                JsonNode rounding = fixture.get("int8_activations");
                assertEquals(
                        rounding.get("delta_nll").asDouble(),
                        comparison.difference().value(),
                        0.003);
                assertEquals(
                        rounding.get("top1_agreement").asDouble(),
                        comparison.agreement().value(),
                        0.01);
                // To second order a divergence is half the variance of the change of log p under p.
                double change = rounding.get("mean_abs_delta_logprob").asDouble();
                double divergence = comparison.divergence().value();
                assertTrue(
                        divergence > change * change / 2 && divergence < 4 * change * change,
                        "divergence " + divergence);
            }
        }
    }

    /** A step is shorter than a window, so that windows take several. */
    private static LlamaModel model(
            PackedModel packed, Kernels kernels, ComputePool pool, ActivationPrecision precision) throws IOException {
        Activations activations = Activations.always(precision);
        return LlamaModel.load(
                packed,
                kernels,
                pool,
                new ModelOptions(
                        CONTEXT,
                        STEP_ROWS,
                        KvCacheOptions.ofBlocks(KvType.F32, CONTEXT / 32),
                        activations,
                        WeightPlacement.AUTO));
    }
}
