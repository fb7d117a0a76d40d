// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.comparison.HostDescription;
import dev.dendra.convert.ModelShape;
import dev.dendra.convert.WeightFormat;
import dev.dendra.energy.EnergyStopwatch;
import dev.dendra.energy.MeterChoice;
import dev.dendra.format.ModelFormatException;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.KvLayout;
import dev.dendra.model.ModelConfig;
import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.MemoryInfo;
import dev.dendra.platform.ResidentMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
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
    /** Measured: decode of a small model is at its speed after some two seconds. */
    private static final Duration WARM_UP = Duration.ofSeconds(2);

    /** The process is warm after the first of many. */
    private static final Duration MATRIX_WARM_UP = Duration.ofMillis(500);

    private static final double MATRIX_DENSITY = 0.5;
    private static final String MATRIX_SHAPE = "smollm2-135m";

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
            names = {"-d", "--depth"},
            paramLabel = "TOKENS",
            split = ",",
            defaultValue = "0",
            converter = IntegerConverter.NotNegative.class,
            description = "Tokens that are in the KV cache of each sequence before it is timed "
                    + "(default: ${DEFAULT-VALUE}).")
    private List<Integer> depths = List.of();

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

    @Mixin
    private final SyntheticArguments synthetic = new SyntheticArguments();

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
    private final MatrixArguments matrix = new MatrixArguments();

    @Mixin
    private final ComparisonArguments comparison = new ComparisonArguments();

    @Mixin
    private final EnergySourceArguments energy = new EnergySourceArguments();

    @Mixin
    private final ComputeArguments compute = new ComputeArguments();

    @Mixin
    private final ContextArguments contextLimit = new ContextArguments();

    BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        if (comparison.isAskedFor()) {
            return compare();
        }
        synthetic.checkBeside(modelArguments);
        matrix.checkBeside(modelArguments, synthetic);
        BenchmarkPlan plan = new BenchmarkPlan(promptTokens, generatedTokens, batches, depths);
        Optional<Path> matrixFile = matrix.file();
        if (matrixFile.isPresent()) {
            return runMatrix(plan, matrixFile.get());
        }
        try (OpenedModel opened = open()) {
            WeightSummary weights = WeightSummary.of(opened.source());
            KvLayout kvCache = kvCache(opened, plan);
            List<BenchmarkRun> runs = new ArrayList<>();
            ModelBenchmark benchmark = benchmark(WARM_UP, energy.meter());
            for (KernelChoice choice : KernelChoice.each(kernels, isas)) {
                runs.add(benchmark.run(opened, choice, plan));
            }
            // Taken before the bandwidth is, whose buffer may be larger than the model.
            MemoryUse memory =
                    new MemoryUse(opened.source().weightBytes(), kvCache.bytes(), ResidentMemory.peakBytes());
            BenchmarkReport report = new BenchmarkReport(
                    opened.name(),
                    weights.encodings(),
                    compute.threads(),
                    runs,
                    weights.bytesPerToken(),
                    kvCache.bytesPerToken(),
                    memory,
                    readBandwidth());
            console.out().println(json ? report.json() : report.table());
        }
        return 0;
    }

    private ModelBenchmark benchmark(Duration warmUp, MeterChoice meter) throws CommandFailure {
        return new ModelBenchmark(
                console, compute.choice(contextLimit.tokens()), repetitions, warmUp, EnergyStopwatch.of(meter.meter()));
    }

    private int compare() throws IOException {
        ComparisonReport report = ComparisonReport.of(comparison.files());
        console.out().print(report.text());
        Optional<Path> folder = comparison.folder();
        if (folder.isPresent()) {
            for (Path file : report.draw(folder.get())) {
                console.out().println(file);
            }
        }
        return 0;
    }

    private int runMatrix(BenchmarkPlan plan, Path file) throws CommandFailure, IOException, InterruptedException {
        List<WeightFormat> formats = matrix.formats(synthetic.density().orElse(MATRIX_DENSITY));
        List<KernelChoice> choices = kernels.equals(List.of(KernelSelector.AUTO)) && isas.isEmpty()
                ? MatrixBenchmark.everythingFast()
                : KernelChoice.each(kernels, isas);
        MeterChoice meter = energy.meter();
        HostDescription host = HostDescriptions.ofThisMachine(compute.threads(), readBandwidth(), meter);
        new MatrixBenchmark(console, benchmark(MATRIX_WARM_UP, meter), host)
                .run(synthetic.shape().orElseGet(() -> ModelShape.ofName(MATRIX_SHAPE)), formats, choices, plan, file);
        console.out().println(file);
        return 0;
    }

    private OpenedModel open() throws CommandFailure, IOException, InterruptedException {
        ModelOpener opener = new ModelOpener(console);
        Optional<ModelShape> shape = synthetic.shape();
        return shape.isPresent() ? opener.make(shape.get(), synthetic.format()) : opener.open(modelArguments);
    }

    /** The cache that {@code plan} needs, if the context is long enough and there is room for it. */
    private KvLayout kvCache(OpenedModel opened, BenchmarkPlan plan) throws CommandFailure, ModelFormatException {
        ModelConfig config = ModelConfig.of(opened.source().metadata());
        int context = contextLimit.tokens() > 0 ? contextLimit.tokens() : config.contextLength();
        if (plan.longestSequence() > context) {
            throw new CommandFailure(
                    "the context has only " + context + " tokens, the tests need " + plan.longestSequence());
        }
        KvLayout layout = new KvLayout(
                compute.kvType(), config.layers(), config.kvHeads(), config.headDimension(), plan.kvBlocks());
        MemoryShortage.check("the KV cache for these batches and depths takes", layout.bytes());
        return layout;
    }

    private OptionalDouble readBandwidth() throws InterruptedException {
        Optional<Long> bytes = ReadBandwidth.bufferBytes(CpuFeatures.detect(), MemoryInfo.detect());
        return bytes.isPresent()
                ? OptionalDouble.of(ReadBandwidth.measure(bytes.get(), compute.threads()))
                : OptionalDouble.empty();
    }
}
