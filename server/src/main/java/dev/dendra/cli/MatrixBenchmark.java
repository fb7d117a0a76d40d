// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.comparison.HostDescription;
import dev.dendra.comparison.MatrixCell;
import dev.dendra.comparison.MatrixFile;
import dev.dendra.comparison.MatrixResult;
import dev.dendra.convert.ModelShape;
import dev.dendra.convert.WeightFormat;
import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.KernelSelector;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Times every instruction set with every kind of weights. The file is written after each kind of weights, so that a run that
 * is broken off leaves what was measured.
 */
final class MatrixBenchmark {
    /** Kernels that are there to be right, not fast. */
    private static final String REFERENCE = "reference";

    private static final String SCALAR = "scalar";

    private final Console console;
    private final ModelBenchmark benchmark;
    private final HostDescription host;

    MatrixBenchmark(Console console, ModelBenchmark benchmark, HostDescription host) {
        this.console = console;
        this.benchmark = benchmark;
        this.host = host;
    }

    /** The instruction sets that run here and are made for speed, each with its provider. */
    static List<KernelChoice> everythingFast() {
        List<KernelChoice> choices = new ArrayList<>();
        for (KernelProvider provider : KernelSelector.providers()) {
            if (provider.name().equals(REFERENCE)) {
                continue;
            }
            for (KernelProvider.InstructionSet isa : provider.instructionSets()) {
                if (isa.runs() && !isa.id().equals(SCALAR)) {
                    choices.add(new KernelChoice(provider.name(), Optional.of(isa.id())));
                }
            }
        }
        return choices;
    }

    /** Measures and writes {@code file}. */
    void run(ModelShape shape, List<WeightFormat> formats, List<KernelChoice> choices, BenchmarkPlan plan, Path file)
            throws CommandFailure, IOException {
        ModelOpener opener = new ModelOpener(console);
        StageProgressDisplay progress = new StageProgressDisplay(console);
        List<MatrixCell> cells = new ArrayList<>();
        int done = 0;
        progress.started(
                formats.size() + " kinds of weights on " + choices.size() + " kinds of kernels",
                (long) formats.size() * choices.size());
        for (WeightFormat format : formats) {
            try (OpenedModel opened = opener.make(shape, format)) {
                for (KernelChoice choice : choices) {
                    BenchmarkRun run = benchmark.run(opened, choice, plan);
                    run.results().forEach(result -> cells.add(cell(run, format, result)));
                    progress.advanced(++done);
                }
            }
            MatrixFile.write(
                    file,
                    new MatrixResult(
                            DendraCommand.Version.text(),
                            LocalDate.now(ZoneOffset.UTC).toString(),
                            shape.name(),
                            host,
                            cells));
        }
        progress.finished();
    }

    private static MatrixCell cell(BenchmarkRun run, WeightFormat format, BenchmarkResult result) {
        return new MatrixCell(
                run.kernels().provider(),
                run.kernels().isa(),
                format.encoding().orElseThrow().id(),
                format.pattern().id(),
                format.density(),
                run.activations(),
                result.name(),
                result.batch(),
                result.median(),
                result.slowest(),
                result.fastest(),
                result.joulesPerToken());
    }
}
