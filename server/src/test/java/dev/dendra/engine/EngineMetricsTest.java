// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.ComputePool;
import dev.dendra.metrics.EngineMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

/** What the engine reports about itself, step by step. */
class EngineMetricsTest {

    @Test
    void everyStepAndEveryEndIsReported() throws Exception {
        Recorder recorder = new Recorder();
        EngineOptions options = new EngineOptions(8, 1, 4, 4, Duration.ofMinutes(1));
        try (Engine engine =
                new Engine(new PagedHashModel(8), new RowKernels(), new ComputePool(1), options, recorder)) {
            engine.submit(Requests.greedy(new int[] {1, 2, 3, 4, 5}, 40));
            int stop = PagedHashModel.greedy(new int[] {1}, 1)[0];
            engine.submit(GenerationRequest.plain("stop", new int[] {1}, 9, SamplingParameters.greedy(), Set.of(stop)));
            assertEquals(List.of(0.0, 2.0, 0.0), recorder.gauges());
            engine.runStep();
            // Of 8 blocks one, for the first 32 tokens.
            assertEquals(List.of(1.0, 1.0, 0.125), recorder.gauges());
            while (engine.runStep()) {}
            assertEquals(List.of(0.0, 0.0, 0.0), recorder.gauges());
        }
        List<String> expected = new ArrayList<>(
                List.of("prefix 5 0", "queued", "read 0 4", "step 4 0", "first token", "read 1 5", "step 1 0"));
        for (int i = 0; i < 39; i++) {
            expected.add("inter-token");
            if (i == 38) {
                expected.add("finished length 5 40");
            }
            expected.add("read 1 " + (6 + i));
            expected.add("step 0 1");
        }
        expected.addAll(List.of("prefix 1 0", "queued", "first token", "finished stop 1 1", "read 1 1", "step 1 0"));
        assertEquals(expected, recorder.events);
        assertTrue(recorder.seconds.stream().allMatch(seconds -> seconds >= 0 && seconds < 60));
    }

    private static final class Recorder implements EngineMetrics {
        private final List<String> events = new ArrayList<>();
        private final List<Double> seconds = new ArrayList<>();
        private final List<DoubleSupplier> gauges = new ArrayList<>();

        private List<Double> gauges() {
            return gauges.stream().map(DoubleSupplier::getAsDouble).toList();
        }

        private void record(String event, double duration) {
            events.add(event);
            seconds.add(duration);
        }

        @Override
        public void gauges(DoubleSupplier running, DoubleSupplier waiting, DoubleSupplier kvCacheUsage) {
            gauges.addAll(List.of(running, waiting, kvCacheUsage));
        }

        @Override
        public void step(int promptTokens, int decodedSequences, double duration) {
            record("step " + promptTokens + " " + decodedSequences, duration);
        }

        @Override
        public void read(int headPasses, long kvTokens) {
            events.add("read " + headPasses + " " + kvTokens);
        }

        @Override
        public void queued(double duration) {
            record("queued", duration);
        }

        @Override
        public void firstToken(double duration) {
            record("first token", duration);
        }

        @Override
        public void interToken(double duration) {
            record("inter-token", duration);
        }

        @Override
        public void prefixCache(int queriedTokens, int hitTokens) {
            events.add("prefix " + queriedTokens + " " + hitTokens);
        }

        @Override
        public void preempted() {
            events.add("preempted");
        }

        @Override
        public void speculated(int guessed, int accepted) {
            events.add("speculated " + guessed + " " + accepted);
        }

        @Override
        public void evicted(int blocks) {
            events.add("evicted " + blocks);
        }

        @Override
        public void finished(String reason, int promptTokens, int generatedTokens, double duration) {
            record("finished " + reason + " " + promptTokens + " " + generatedTokens, duration);
        }
    }
}
