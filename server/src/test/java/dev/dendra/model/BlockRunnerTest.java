// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.format.PackedModel;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks run one at a time are the model. */
class BlockRunnerTest {
    private static final int TOKENS = 45;

    /** What an observer saw. */
    private record Seen(ProductInput input, int columns, int rows) {}

    @ParameterizedTest
    @ValueSource(strings = {"reference", "vector", "native"})
    void oneBlockAfterTheOtherGivesTheLogitsOfTheModel(String kernelName) throws Exception {
        int[] tokens =
                new SplittableRandom(4).ints(TOKENS, 0, TinyModel.VOCABULARY).toArray();
        try (Arena arena = Arena.ofShared();
                Kernels kernels = TestKernels.of(kernelName);
                ComputePool pool = new ComputePool(2)) {
            PackedModel source = new TinyModel(6).pack(arena);
            ModelConfig config = ModelConfig.of(source.metadata());
            FloatMatrix hidden;
            List<Seen> seen = new ArrayList<>();
            try (BlockRunner runner = new BlockRunner(config, MemorySegment.NULL, 64, kernels, pool)) {
                StepRows rows = rows(arena, tokens);
                kernels.gather(source.matrix("token_embd.weight"), rows, runner.hidden(), 0, TOKENS);
                for (int layer = 0; layer < config.layers(); layer++) {
                    // What ran before leaves no trace.
                    runRubbish(runner, source, config);
                    runner.run(
                            LayerWeights.of(source, config, layer),
                            TOKENS,
                            (input, x, count) -> seen.add(new Seen(input, x.columns(), count)));
                }
                hidden = FloatMatrix.allocate(arena, 64, config.embeddingLength());
                kernels.rmsNorm(
                        runner.hidden(),
                        source.vector("output_norm.weight").orElseThrow(),
                        config.normEpsilon(),
                        hidden,
                        0,
                        TOKENS);
            }
            FloatMatrix logits = FloatMatrix.allocate(arena, 64, TinyModel.VOCABULARY);
            kernels.matmul(
                    source.matrix("token_embd.weight"),
                    hidden,
                    logits,
                    TOKENS,
                    0,
                    source.matrix("token_embd.weight").layout().panels(),
                    arena.allocate(kernels.scratchBytes(), 64));
            assertLogits(source, kernels, pool, rows(arena, tokens), logits);
            assertInputs(seen);
        }
    }

    private static StepRows rows(Arena arena, int[] tokens) {
        StepRows rows = new StepRows(arena, 64, 2);
        rows.setBlock(1, 1);
        for (int position = 0; position < tokens.length; position++) {
            rows.setRow(position, tokens[position], position, 0);
        }
        return rows;
    }

    private static void runRubbish(BlockRunner runner, PackedModel source, ModelConfig config) throws Exception {
        MemorySegment states = runner.hidden().segment();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment saved = arena.allocate(states.byteSize()).copyFrom(states);
            runner.run(LayerWeights.of(source, config, 0), 64, ProductObserver.NONE);
            states.copyFrom(saved);
        }
    }

    private static void assertLogits(
            PackedModel source, Kernels kernels, ComputePool pool, StepRows rows, FloatMatrix logits) throws Exception {
        ModelOptions options = new ModelOptions(
                0,
                64,
                KvCacheOptions.ofBlocks(KvType.F32, 2),
                Activations.always(ActivationPrecision.F32),
                WeightPlacement.MAPPED);
        try (LlamaModel model = LlamaModel.load(source, kernels, pool, options)) {
            model.forward(rows, TOKENS);
            for (int row = 0; row < TOKENS; row++) {
                FloatMatrix expected = model.logits(new int[] {row}, 0, 1);
                for (int token = 0; token < TinyModel.VOCABULARY; token++) {
                    assertEquals(expected.get(0, token), logits.get(row, token), "row " + row + ", token " + token);
                }
            }
        }
    }

    private static void assertInputs(List<Seen> seen) {
        List<Seen> expected = new ArrayList<>();
        for (int layer = 0; layer < TinyModel.LAYERS; layer++) {
            expected.add(new Seen(ProductInput.ATTENTION, TinyModel.EMBEDDING, TOKENS));
            expected.add(new Seen(ProductInput.ATTENTION_OUTPUT, TinyModel.HEADS * TinyModel.HEAD_DIMENSION, TOKENS));
            expected.add(new Seen(ProductInput.FEED_FORWARD, TinyModel.EMBEDDING, TOKENS));
            expected.add(new Seen(ProductInput.DOWN, TinyModel.FEED_FORWARD, TOKENS));
        }
        assertEquals(expected, seen);
    }
}
