// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.format.ModelFormatException;
import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.MemoryInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench}: how fast a model is here. */
@Command(
        name = "bench",
        description = "Time prefill (pp) and decode (tg) of a model by itself; medians, after a warm-up.")
final class BenchCommand implements Callable<Integer> {
    private static final int MOST_STEP_ROWS = 512;

    private final Console console;

    @Option(
            names = {"-p", "--prompt-tokens"},
            paramLabel = "TOKENS",
            defaultValue = "512",
            converter = IntegerConverter.NotNegative.class,
            description = "Length of the prompt; 0 leaves prefill out (default: ${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(
            names = {"-n", "--generated-tokens"},
            paramLabel = "TOKENS",
            defaultValue = "128",
            converter = IntegerConverter.NotNegative.class,
            description = "Tokens that each sequence generates; 0 leaves decode out (default: ${DEFAULT-VALUE}).")
    private int generatedTokens;

    @Option(
            names = "--batch",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,4,16",
            converter = IntegerConverter.Positive.class,
            description = "Sequences that are decoded together (default: ${DEFAULT-VALUE}).")
    private List<Integer> batches = List.of();

    @Option(
            names = {"-r", "--repetitions"},
            paramLabel = "N",
            defaultValue = "5",
            converter = IntegerConverter.Positive.class,
            description = "Timed runs of each test (default: ${DEFAULT-VALUE}).")
    private int repetitions;

    @Option(names = "--json", description = "Print one JSON object instead of the table.")
    private boolean json;

    @Mixin
    private final ModelArguments modelArguments = new ModelArguments();

    @Option(
            names = "--kernels",
            paramLabel = "NAME",
            split = ",",
            defaultValue = "auto",
            converter = KernelsConverter.class,
            description = "Kernels to time, one after the other: auto, native, vector, reference "
                    + "(default: ${DEFAULT-VALUE}).")
    private List<String> kernels = List.of();

    @Option(
            names = "--isa",
            paramLabel = "NAME",
            split = ",",
            description = "Instruction sets to time of the kernels that have them, as `dendra doctor` lists them "
                    + "(default: the best of each).")
    private List<String> isas = List.of();

    @Mixin
    private final ComputeArguments compute = new ComputeArguments();

    BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        int largestBatch = batches.stream().mapToInt(Integer::intValue).max().orElse(1);
        int stepRows = Math.clamp(promptTokens, largestBatch, Math.max(MOST_STEP_ROWS, largestBatch));
        int kvBlocks = Math.max(
                1, Math.max(Benchmark.kvBlocks(promptTokens, 1), Benchmark.kvBlocks(generatedTokens, largestBatch)));
        // Measured first, while the model does not take memory yet.
        OptionalDouble readBandwidth = readBandwidth();
        try (OpenedModel opened = new ModelOpener(console).open(modelArguments)) {
            WeightSummary weights = WeightSummary.of(opened.source());
            List<BenchmarkRun> runs = new ArrayList<>();
            for (KernelChoice choice : KernelChoice.each(kernels, isas)) {
                runs.add(run(opened, choice, stepRows, kvBlocks));
            }
            BenchmarkReport report = new BenchmarkReport(
                    opened.name(),
                    weights.encodings(),
                    compute.threads(),
                    runs,
                    weights.bytesPerToken(),
                    readBandwidth);
            console.out().println(json ? report.json() : report.table());
        }
        return 0;
    }

    private BenchmarkRun run(OpenedModel opened, KernelChoice choice, int stepRows, int kvBlocks)
            throws CommandFailure, ModelFormatException {
        try (LoadedModel loaded = LoadedModel.load(opened, choice, compute, stepRows, kvBlocks)) {
            int context = loaded.model().contextLength();
            if (Math.max(promptTokens, generatedTokens) > context) {
                throw new CommandFailure("the context has only " + context + " tokens");
            }
            for (String reason : loaded.passedOver()) {
                console.err().println("passed over: " + reason);
            }
            for (String finding : loaded.tuning()) {
                console.err().println("threshold: " + finding);
            }
            loaded.model().warmUp();
            return new BenchmarkRun(
                    loaded.kernels().info(),
                    loaded.model().activations().toString(),
                    run(new Benchmark(loaded.model(), repetitions)));
        }
    }

    private List<BenchmarkResult> run(Benchmark benchmark) {
        List<BenchmarkResult> results = new ArrayList<>();
        if (promptTokens > 0) {
            results.add(benchmark.prefill(promptTokens));
        }
        if (generatedTokens > 0) {
            for (int batch : batches) {
                results.add(benchmark.decode(generatedTokens, batch));
            }
        }
        return results;
    }

    private OptionalDouble readBandwidth() throws InterruptedException {
        Optional<Long> bytes = ReadBandwidth.bufferBytes(CpuFeatures.detect(), MemoryInfo.detect());
        return bytes.isPresent()
                ? OptionalDouble.of(ReadBandwidth.measure(bytes.get(), compute.threads()))
                : OptionalDouble.empty();
    }
}
