// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.kernels.KernelInfo;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class BenchmarkTest {

    /** Computes nothing, and checks that each KV slot is written once and in order, as a sequence would. */
    private static final class RecordingModel implements LanguageModel {
        final List<Integer> steps = new ArrayList<>();
        final List<Integer> logitRows = new ArrayList<>();
        private final FloatMatrix logits = FloatMatrix.allocate(Arena.ofAuto(), 4, 16);
        private final Map<Integer, Integer> nextPositionOfTable = new HashMap<>();
        private final Map<Integer, Integer> ownerOfBlock = new HashMap<>();

        @Override
        public int vocabularySize() {
            return 16;
        }

        @Override
        public int contextLength() {
            return 1024;
        }

        @Override
        public int maximumRows() {
            return 64;
        }

        @Override
        public int maximumLogitRows() {
            return 4;
        }

        @Override
        public int kvBlocks() {
            return 64;
        }

        @Override
        public void forward(StepRows rows, int count) {
            steps.add(count);
            for (int row = 0; row < count; row++) {
                int table = rows.tableStart(row);
                int position = rows.position(row);
                int expected = position == 0 ? 0 : nextPositionOfTable.getOrDefault(table, 0);
                assertEquals(expected, position, "positions of a sequence come in order");
                nextPositionOfTable.put(table, position + 1);
                int block = rows.block(table + position / KvLayout.BLOCK_TOKENS);
                assertTrue(block < kvBlocks(), "block " + block);
                assertEquals(table, ownerOfBlock.computeIfAbsent(block, fresh -> table), "a block has one owner");
                assertTrue(rows.token(row) < vocabularySize(), "token " + rows.token(row));
            }
        }

        @Override
        public FloatMatrix logits(int[] rows, int from, int to) {
            assertTrue(to - from <= maximumLogitRows(), "rows of logits at once");
            for (int i = from; i < to; i++) {
                logitRows.add(rows[i]);
            }
            return logits;
        }

        @Override
        public void close() {}
    }

    private final RecordingModel model = new RecordingModel();

    @Test
    void prefillGoesInStepsOfTheModelsSizeAndAsksForTheLastRow() {
        BenchmarkResult result = new Benchmark(model, 1).prefill(150);
        assertEquals("pp150", result.test());
        assertEquals(1, result.batch());
        // The uncounted repetition and the counted one.
        assertEquals(List.of(64, 64, 22, 64, 64, 22), model.steps);
        assertEquals(List.of(21, 21), model.logitRows);
    }

    @Test
    void decodeMovesEverySequenceAtEveryStep() {
        BenchmarkResult result = new Benchmark(model, 2).decode(40, 6);
        assertEquals("tg40", result.test());
        assertEquals(6, result.batch());
        assertEquals(2, result.tokensPerSecond().size());
        assertEquals(3 * 40, model.steps.size());
        assertTrue(model.steps.stream().allMatch(rows -> rows == 6));
        assertEquals(3 * 40 * 6, model.logitRows.size());
    }

    @Test
    void blocksAreCountedForEachSequence() {
        assertEquals(1, Benchmark.kvBlocks(32, 1));
        assertEquals(8, Benchmark.kvBlocks(33, 4));
    }

    @Test
    void theMedianIsTheMiddleOfUnsortedFigures() {
        assertEquals(2, new BenchmarkResult("pp1", 1, List.of(3.0, 1.0, 2.0)).median());
        assertEquals(2.5, new BenchmarkResult("pp1", 1, List.of(4.0, 1.0, 2.0, 3.0)).median());
    }

    @Test
    void jsonHasTheFieldsThatProgramsReadAndTheTableTheSameFigures() throws IOException {
        BenchmarkReport report = new BenchmarkReport(
                "tiny",
                "u4g32",
                3,
                List.of(
                        new BenchmarkRun(
                                new KernelInfo("vector", "vector-256", 256),
                                "f32",
                                List.of(
                                        new BenchmarkResult("pp512", 1, List.of(300.0, 310.0, 290.0)),
                                        new BenchmarkResult("tg128", 1, List.of(50.0)))),
                        new BenchmarkRun(
                                new KernelInfo("native", "avx2", 256),
                                "i16",
                                List.of(new BenchmarkResult("tg128", 4, List.of(70.0))))),
                1_000_000,
                OptionalDouble.of(2e9));
        List<String> lines = report.json().lines().toList();
        assertEquals(2, lines.size());
        JsonNode run = new ObjectMapper().readTree(lines.get(0));
        assertEquals("tiny", run.get("model").textValue());
        assertEquals(3, run.get("threads").intValue());
        assertEquals("vector", run.get("kernels").textValue());
        assertEquals("vector-256", run.get("isa").textValue());
        assertEquals("f32", run.get("activations").textValue());
        assertEquals(
                "avx2", new ObjectMapper().readTree(lines.get(1)).get("isa").textValue());
        JsonNode first = run.get("results").get(0);
        assertEquals("pp512", first.get("test").textValue());
        assertEquals(1, first.get("batch").intValue());
        assertEquals(300, first.get("tokens_per_second").doubleValue());
        assertEquals(290, first.get("slowest").doubleValue());
        assertEquals(310, first.get("fastest").doubleValue());
        assertEquals(50e6, run.get("decode_bytes_per_second").doubleValue());
        assertEquals(2e9, run.get("memory_read_bytes_per_second").doubleValue());

        assertTrue(report.table().contains("pp512"), report.table());
        assertTrue(report.table().contains("290.0 to 310.0"), report.table());
        assertTrue(report.table().contains("2.0 GB/s"), report.table());
    }

    @Test
    void aBandwidthThatWasNotMeasuredIsNotShownAsZero() throws IOException {
        BenchmarkReport report = new BenchmarkReport(
                "tiny",
                "f32",
                1,
                List.of(new BenchmarkRun(
                        new KernelInfo("reference", "scalar", 0),
                        "f32",
                        List.of(new BenchmarkResult("pp16", 1, List.of(1.0))))),
                1,
                OptionalDouble.empty());
        JsonNode json = new ObjectMapper().readTree(report.json());
        assertFalse(json.has("memory_read_bytes_per_second"));
        assertFalse(json.has("decode_bytes_per_second"));
        assertTrue(report.table().contains("not measured"), report.table());
    }
}
