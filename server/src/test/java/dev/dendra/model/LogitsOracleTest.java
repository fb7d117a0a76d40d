// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.TestModel;
import dev.dendra.convert.ModelConverter;
import dev.dendra.format.GgufFile;
import dev.dendra.format.PackedModel;
import dev.dendra.format.Sha256;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelLoadException;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The default model against log-probabilities of an independent implementation: {@code logits_fixture.py} beside the
 * tests made them from the same GGUF file. Bounds for int8 activations are what that rounding costs by itself.
 */
class LogitsOracleTest {
    private static final int CONTEXT = 640;
    private static final int BLOCKS = CONTEXT / 32;

    private static Arena arena = Arena.ofShared();
    private static Kernels kernels;
    private static ComputePool pool;
    private static PackedModel packed;
    private static JsonNode fixture;
    private static StepRows rows;

    @BeforeAll
    static void load() throws IOException {
        Path path = TestModel.require();
        try (InputStream in = Objects.requireNonNull(
                LogitsOracleTest.class.getResourceAsStream("/oracle/smollm2-135m-instruct.json"))) {
            fixture = new ObjectMapper().readTree(in);
        }
        assertEquals(fixture.get("model_sha256").asText(), Sha256.of(path), "the fixture is of another model");
        try (GgufFile gguf = GgufFile.open(path)) {
            packed = new ModelConverter(2)
                    .pack(gguf, Optional.empty(), bytes -> OffHeap.allocate(arena, bytes), (done, total, name) -> {});
        }
        kernels = KernelSelector.select(KernelSelector.AUTO).kernels();
        pool = new ComputePool(Math.min(4, Runtime.getRuntime().availableProcessors()));
        rows = new StepRows(arena, CONTEXT, BLOCKS);
        for (int block = 0; block < BLOCKS; block++) {
            rows.setBlock(block, BLOCKS - 1 - block);
        }
    }

    @BeforeEach
    void useTheBest() {
        use(KernelSelector.AUTO);
    }

    @AfterAll
    static void close() {
        if (pool != null) {
            pool.close();
            kernels.close();
        }
        arena.close();
    }

    private static void use(String provider) {
        try {
            Kernels chosen = KernelSelector.select(provider).kernels();
            kernels.close();
            kernels = chosen;
        } catch (KernelLoadException unavailable) {
            assumeTrue(false, unavailable.getMessage());
        }
    }

    private static LlamaModel model(Activations activations) throws IOException {
        return model(activations, KvType.F32);
    }

    private static LlamaModel model(Activations activations, KvType kvType) throws IOException {
        return LlamaModel.load(
                packed,
                kernels,
                pool,
                new ModelOptions(
                        CONTEXT, CONTEXT, KvCacheOptions.ofBlocks(kvType, BLOCKS), activations, WeightPlacement.AUTO));
    }

    /** How far log-probabilities of the fixture's texts are from the fixture. */
    private static final class Deviation {
        private double sum;
        private double maximum;
        private double nllDifference;
        private int sameTop;
        private int positions;

        void add(double expected, double actual, boolean top) {
            double difference = Math.abs(expected - actual);
            sum += difference;
            maximum = Math.max(maximum, difference);
            nllDifference += expected - actual;
            sameTop += top ? 1 : 0;
            positions++;
        }

        double mean() {
            return sum / positions;
        }

        double top1() {
            return (double) sameTop / positions;
        }

        double nll() {
            return nllDifference / positions;
        }

        void print(String name) {
            System.out.printf(
                    Locale.ROOT,
                    "logits, activations %s, kernels %s: %d positions, |d log p| mean %.6f max %.6f, top-1 %.4f, d NLL %+.6f%n",
                    name,
                    kernels.info().isa(),
                    positions,
                    mean(),
                    maximum,
                    top1(),
                    nll());
        }
    }

    private static Deviation deviation(LlamaModel model) {
        Deviation deviation = new Deviation();
        for (JsonNode text : fixture.get("texts")) {
            JsonNode ids = text.get("token_ids");
            for (int i = 0; i < ids.size(); i++) {
                rows.setRow(i, ids.get(i).asInt(), i, 0);
            }
            model.forward(rows, ids.size());
            for (int i = 0; i < ids.size() - 1; i++) {
                FloatMatrix logits = model.logits(new int[] {i}, 0, 1);
                double actual = logits.get(0, ids.get(i + 1).asInt()) - kernels.logSumExp(logits, 0);
                boolean top = kernels.argMax(logits, 0)
                        == text.get("top5_ids").get(i).get(0).asInt();
                deviation.add(text.get("logprobs").get(i).asDouble(), actual, top);
            }
        }
        return deviation;
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "vector"})
    void singlePrecisionActivationsGiveTheReference(String provider) throws IOException {
        use(provider);
        try (LlamaModel model = model(Activations.always(ActivationPrecision.F32))) {
            Deviation deviation = deviation(model);
            deviation.print("f32");
            assertTrue(deviation.positions >= 600);
            assertTrue(deviation.maximum <= 2e-3, "max |d log p| " + deviation.maximum);
            assertTrue(deviation.top1() >= 0.999, "top-1 " + deviation.top1());
        }
    }

    /** Keys and values in bfloat16 are off by at most 2^-8 of themselves, in int8 by 1/254 of the largest of their head. */
    @ParameterizedTest
    @CsvSource({"INT8, 0.04, 0.98", "BF16, 0.008, 0.99"})
    void roundedKeysAndValuesCostNoMoreThanTheirRounding(KvType type, double mean, double top1) throws IOException {
        try (LlamaModel model = model(Activations.always(ActivationPrecision.F32), type)) {
            Deviation deviation = deviation(model);
            deviation.print("f32, KV " + type.id());
            assertTrue(deviation.mean() <= mean, "mean |d log p| " + deviation.mean());
            assertTrue(deviation.mean() >= 1e-4, "keys and values were not rounded at all");
            assertTrue(deviation.top1() >= top1, "top-1 " + deviation.top1());
            assertTrue(Math.abs(deviation.nll()) <= mean / 4, "d NLL " + deviation.nll());
        }
    }

    @Test
    void int8ActivationsCostNoMoreThanTheirRounding() throws IOException {
        try (LlamaModel model = model(Activations.always(ActivationPrecision.I8))) {
            Deviation deviation = deviation(model);
            deviation.print("i8");
            assertTrue(deviation.mean() <= 0.07, "mean |d log p| " + deviation.mean());
            assertTrue(deviation.mean() >= 0.01, "activations were not rounded at all");
            assertTrue(deviation.top1() >= 0.95, "top-1 " + deviation.top1());
            assertTrue(Math.abs(deviation.nll()) <= 0.015, "d NLL " + deviation.nll());
        }
    }

    @Test
    void int16ActivationsAreNearSinglePrecision() throws IOException {
        assumeTrue(
                kernels.activationPrecisions().contains(ActivationPrecision.I16),
                kernels.info().provider() + " kernels take no i16 activations");
        try (LlamaModel model = model(Activations.always(ActivationPrecision.I16))) {
            Deviation deviation = deviation(model);
            deviation.print("i16");
            assertTrue(deviation.mean() <= 0.002, "mean |d log p| " + deviation.mean());
            assertTrue(deviation.top1() >= 0.995, "top-1 " + deviation.top1());
        }
    }

    @Test
    void bfloat16ActivationsCostNoMoreThanTheirRounding() throws IOException {
        assumeTrue(
                kernels.activationPrecisions().contains(ActivationPrecision.BF16),
                kernels.info().provider() + " kernels take no bf16 activations");
        try (LlamaModel model = model(Activations.always(ActivationPrecision.BF16))) {
            Deviation deviation = deviation(model);
            deviation.print("bf16");
            assertTrue(deviation.mean() <= 0.05, "mean |d log p| " + deviation.mean());
            assertTrue(deviation.top1() >= 0.97, "top-1 " + deviation.top1());
        }
    }

    /** Decoding one token at a time follows the reference until it reaches a place where two tokens are as good as equal. */
    @ParameterizedTest
    @ValueSource(strings = {"native", "vector"})
    void greedyContinuationsAreTheReferences(String provider) throws IOException {
        use(provider);
        try (LlamaModel model = model(Activations.always(ActivationPrecision.F32))) {
            for (JsonNode each : fixture.get("greedy")) {
                JsonNode prompt = each.get("prompt_ids");
                JsonNode expected = each.get("continuation_ids");
                int length = prompt.size();
                for (int i = 0; i < length; i++) {
                    rows.setRow(i, prompt.get(i).asInt(), i, 0);
                }
                model.forward(rows, length);
                int last = length - 1;
                for (int i = 0; i < expected.size(); i++) {
                    int token = kernels.argMax(model.logits(new int[] {last}, 0, 1), 0);
                    if (token != expected.get(i).asInt()) {
                        double margin = each.get("margins").get(i).asDouble();
                        assertTrue(margin < 2e-3, each.get("prompt").asText() + ": token " + i + ", margin " + margin);
                        break;
                    }
                    rows.setRow(0, token, length + i, 0);
                    model.forward(rows, 1);
                    last = 0;
                }
            }
        }
    }
}
