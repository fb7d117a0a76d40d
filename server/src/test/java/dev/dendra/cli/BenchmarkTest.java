// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.energy.EnergyStopwatch;
import dev.dendra.kernels.KernelInfo;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BenchmarkTest {

    /**
     * Computes nothing, and checks that each position follows positions that the same sequence has written into blocks
     * of its own. A sequence may start again, or go back to where it was.
     */
    private static final class RecordingModel implements LanguageModel {
        final List<Integer> steps = new ArrayList<>();
        final List<Integer> positions = new ArrayList<>();
        final List<Integer> logitRows = new ArrayList<>();
        private final FloatMatrix logits = FloatMatrix.allocate(Arena.ofAuto(), 4, 16);
        private final Map<Integer, Integer> writtenOfTable = new HashMap<>();
        private final Map<Integer, Integer> ownerOfBlock = new HashMap<>();
        private int highestBlock;

        @Override
        public int vocabularySize() {
            return 16;
        }

        @Override
        public int embeddingLength() {
            return 1;
        }

        @Override
        public FloatMatrix hiddenStates(int[] rows, int from, int to) {
            throw new AssertionError("a benchmark computes logits alone");
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
        public void copyKvBlock(int from, int to) {
            throw new AssertionError("sequences of a benchmark share nothing");
        }

        @Override
        public void forward(StepRows rows, int count) {
            steps.add(count);
            positions.add(rows.position(0));
            for (int row = 0; row < count; row++) {
                int table = rows.tableStart(row);
                int position = rows.position(row);
                int written = position == 0 ? 0 : writtenOfTable.getOrDefault(table, 0);
                assertTrue(position <= written, "position " + position + " after " + written);
                writtenOfTable.put(table, Math.max(written, position + 1));
                int block = rows.block(table + position / KvLayout.BLOCK_TOKENS);
                assertTrue(block < kvBlocks(), "block " + block);
                highestBlock = Math.max(highestBlock, block);
                if (position % KvLayout.BLOCK_TOKENS == 0) {
                    ownerOfBlock.put(block, table);
                }
                for (int before = 0; before <= position / KvLayout.BLOCK_TOKENS; before++) {
                    assertEquals(table, ownerOfBlock.get(rows.block(table + before)), "a block has one owner");
                }
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

    private static BenchmarkPlan plan(int prompt, int generated, List<Integer> batches, Integer... depths) {
        return new BenchmarkPlan(prompt, generated, batches, List.of(depths));
    }

    @Test
    void prefillGoesInStepsOfTheModelsSizeAndAsksForTheLastRow() {
        List<BenchmarkResult> results =
                new Benchmark(model, 1, Duration.ZERO, EnergyStopwatch.none()).run(plan(150, 0, List.of(1, 4), 0));
        assertEquals(List.of("pp150"), names(results));
        assertEquals(1, results.getFirst().batch());
        // The uncounted repetition and the counted one.
        assertEquals(List.of(64, 64, 22, 64, 64, 22), model.steps);
        assertEquals(List.of(21, 21), model.logitRows);
    }

    @Test
    void decodeMovesEverySequenceAtEveryStep() {
        List<BenchmarkResult> results =
                new Benchmark(model, 2, Duration.ZERO, EnergyStopwatch.none()).run(plan(0, 40, List.of(6), 0));
        assertEquals(List.of("tg40"), names(results));
        assertEquals(6, results.getFirst().batch());
        assertEquals(2, results.getFirst().tokensPerSecond().size());
        assertEquals(3 * 40, model.steps.size());
        assertTrue(model.steps.stream().allMatch(rows -> rows == 6));
        assertEquals(3 * 40 * 6, model.logitRows.size());
    }

    @Test
    void atADepthEverySequenceHasItsOwnTokensBeforeItIsTimed() {
        List<BenchmarkResult> results =
                new Benchmark(model, 1, Duration.ZERO, EnergyStopwatch.none()).run(plan(0, 3, List.of(2), 70));
        assertEquals(List.of("tg3 @ d70"), names(results));
        assertEquals(70, results.getFirst().depth());
        // Each sequence is filled in steps of the model's size, without logits; then both decode, twice.
        assertEquals(List.of(64, 6, 64, 6, 2, 2, 2, 2, 2, 2), model.steps);
        assertEquals(List.of(0, 64, 0, 64, 70, 71, 72, 70, 71, 72), model.positions);
        assertEquals(2 * 3 * 2, model.logitRows.size());
    }

    @Test
    void theCacheIsFilledFromDepthToDepthAndOnce() {
        List<BenchmarkResult> results =
                new Benchmark(model, 1, Duration.ZERO, EnergyStopwatch.none()).run(plan(10, 2, List.of(1), 100, 0, 50));
        assertEquals(List.of("pp10", "tg2", "pp10 @ d50", "tg2 @ d50", "pp10 @ d100", "tg2 @ d100"), names(results));
        List<Integer> fills = List.of(0, 50);
        assertEquals(
                List.of(
                        0,
                        0,
                        0,
                        1,
                        0,
                        1, // depth 0: prefill twice, decode twice
                        fills.get(0),
                        50,
                        50,
                        50,
                        51,
                        50,
                        51,
                        fills.get(1),
                        100,
                        100,
                        100,
                        101,
                        100,
                        101),
                model.positions);
    }

    private static List<String> names(List<BenchmarkResult> results) {
        return results.stream().map(BenchmarkResult::name).toList();
    }

    @Test
    void theCacheHoldsWhatTheLargestTestNeedsAndNoMore() {
        assertEquals(1, plan(0, 32, List.of(1), 0).kvBlocks());
        assertEquals(8, plan(0, 33, List.of(1, 4), 0).kvBlocks());
        assertEquals(16, plan(512, 33, List.of(1, 4), 0).kvBlocks(), "a prompt is computed alone");
        assertEquals(4 * (64 + 2), plan(512, 33, List.of(4), 0, 2048).kvBlocks());
        assertEquals(1, plan(0, 0, List.of(4), 0).kvBlocks());
        assertEquals(2048 + 512, plan(512, 33, List.of(4), 2048, 0).longestSequence());
        assertEquals(
                Integer.MAX_VALUE, plan(512, 33, List.of(4), Integer.MAX_VALUE).longestSequence());

        BenchmarkPlan largest = plan(100, 20, List.of(3, 2), 0, 200);
        new Benchmark(model, 1, Duration.ZERO, EnergyStopwatch.none()).run(largest);
        assertEquals(largest.kvBlocks() - 1, model.highestBlock);
    }

    @Test
    void stepsAreAsLargeAsThePromptOrTheDepthButNotEndless() {
        assertEquals(16, plan(0, 8, List.of(1, 16), 0).stepRows());
        assertEquals(100, plan(100, 8, List.of(1, 16), 0).stepRows());
        assertEquals(512, plan(0, 8, List.of(1), 8192).stepRows());
        assertEquals(600, plan(0, 8, List.of(600), 8192).stepRows());
    }

    @Test
    void theMedianIsTheMiddleOfUnsortedFigures() {
        assertEquals(2, new BenchmarkResult("pp1", 0, 1, List.of(3.0, 1.0, 2.0)).median());
        assertEquals(2.5, new BenchmarkResult("pp1", 0, 1, List.of(4.0, 1.0, 2.0, 3.0)).median());
    }

    private static BenchmarkReport report(OptionalDouble bandwidth, OptionalLong resident, BenchmarkRun... runs) {
        return new BenchmarkReport(
                "tiny",
                "u4g32",
                3,
                List.of(runs),
                1_000_000,
                100,
                new MemoryUse(1_200_000, 3_000_000, resident),
                bandwidth);
    }

    @Test
    void jsonHasTheFieldsThatProgramsReadAndTheTableTheSameFigures() throws IOException {
        BenchmarkReport report = report(
                OptionalDouble.of(2e9),
                OptionalLong.of(154_200_000),
                new BenchmarkRun(
                        new KernelInfo("vector", "vector-256", 256),
                        "f32",
                        List.of(
                                new BenchmarkResult("pp512", 2048, 1, List.of(300.0, 310.0, 290.0)),
                                new BenchmarkResult("tg128", 2048, 1, List.of(40.0)),
                                new BenchmarkResult("tg128", 0, 1, List.of(50.0)))),
                new BenchmarkRun(
                        new KernelInfo("native", "avx2", 256),
                        "i16",
                        List.of(new BenchmarkResult("tg128", 0, 4, List.of(70.0)))));
        JsonNode json = new ObjectMapper().readTree(report.json());
        assertEquals("tiny", json.get("model").textValue());
        assertEquals(3, json.get("threads").intValue());
        JsonNode run = json.get("runs").get(0);
        assertEquals("vector", run.get("kernels").textValue());
        assertEquals("vector-256", run.get("isa").textValue());
        assertEquals("f32", run.get("activations").textValue());
        assertEquals("avx2", json.get("runs").get(1).get("isa").textValue());
        JsonNode first = run.get("results").get(0);
        assertEquals("pp512 @ d2048", first.get("test").textValue());
        assertEquals(2048, first.get("depth").intValue());
        assertEquals(1, first.get("batch").intValue());
        assertEquals(300, first.get("tokens_per_second").doubleValue());
        assertEquals(290, first.get("slowest").doubleValue());
        assertEquals(310, first.get("fastest").doubleValue());
        assertEquals("tg128", run.get("results").get(2).get("test").textValue());
        assertEquals(50e6, run.get("decode_bytes_per_second").doubleValue());
        assertEquals(0.025, run.get("decode_share_of_read_bandwidth").doubleValue());
        assertFalse(json.get("runs").get(1).has("decode_share_of_read_bandwidth"), "no decode at batch 1");
        assertEquals(2e9, json.get("memory_read_bytes_per_second").doubleValue());
        assertEquals(1_200_000, json.get("packed_bytes").longValue());
        assertEquals(3_000_000, json.get("kv_bytes").longValue());
        assertEquals(154_200_000, json.get("peak_resident_bytes").longValue());

        assertTrue(report.table().contains("| pp512 @ d2048 "), report.table());
        assertTrue(report.table().contains("290.0 to 310.0"), report.table());
        assertTrue(report.table().contains("2.0 GB/s"), report.table());
        assertTrue(report.table().contains("reads 0.1 GB/s, 3 % of the read bandwidth"), report.table());
        assertTrue(
                report.table().contains("memory: packed 1.2 MB + KV 3.0 MB; resident at most 154.2 MB, 150.0 MB more"),
                report.table());
    }

    @Test
    void decodeAtADepthReadsTheCacheToo() {
        BenchmarkRun run = new BenchmarkRun(
                new KernelInfo("native", "avx2", 256),
                "i16",
                List.of(
                        new BenchmarkResult("tg128", 8192, 1, List.of(10.0)),
                        new BenchmarkResult("tg128", 2048, 1, List.of(20.0)),
                        new BenchmarkResult("tg128", 0, 4, List.of(70.0))));
        assertEquals(OptionalDouble.of(20.0 * (1_000_000 + 100 * 2048)), run.decodeBytesPerSecond(1_000_000, 100));
    }

    @Test
    void moreThanMemoryGivesIsNoShareOfIt() {
        BenchmarkReport report = report(
                OptionalDouble.of(1e7),
                OptionalLong.empty(),
                new BenchmarkRun(
                        new KernelInfo("native", "avx2", 256),
                        "i16",
                        List.of(new BenchmarkResult("tg128", 0, 1, List.of(50.0)))));
        assertTrue(report.table().contains("more than memory gives: caches hold part of the weights"), report.table());
    }

    @Test
    void whatWasNotMeasuredIsNotShownAsZero() throws IOException {
        BenchmarkReport report = report(
                OptionalDouble.empty(),
                OptionalLong.empty(),
                new BenchmarkRun(
                        new KernelInfo("reference", "scalar", 0),
                        "f32",
                        List.of(
                                new BenchmarkResult("pp16", 0, 1, List.of(1.0)),
                                new BenchmarkResult("tg16", 0, 1, List.of(1.0)))));
        JsonNode json = new ObjectMapper().readTree(report.json());
        assertFalse(json.has("memory_read_bytes_per_second"));
        assertFalse(json.has("peak_resident_bytes"));
        assertFalse(json.get("runs").get(0).has("decode_share_of_read_bandwidth"));
        assertTrue(report.table().contains("not measured"), report.table());
        assertFalse(report.table().contains("%"), report.table());
        assertTrue(report.table().contains("resident memory is not known here"), report.table());
    }
}
