// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.convert.calibration.CalibrationCorpus;
import dev.dendra.convert.calibration.CalibrationException;
import dev.dendra.convert.sparsify.ModelSparsifier;
import dev.dendra.convert.sparsify.SparsifiedModel;
import dev.dendra.convert.sparsify.SparsifyException;
import dev.dendra.convert.sparsify.SparsifyPlan;
import dev.dendra.convert.sparsify.SparsifyRequest;
import dev.dendra.evaluation.EvaluationException;
import dev.dendra.evaluation.EvaluationText;
import dev.dendra.format.DendraFile;
import dev.dendra.format.GgufFile;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.Sha256;
import dev.dendra.format.Sparsification;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sparsify}: prunes a GGUF file into a {@code .dendra} file. */
@Command(
        name = "sparsify",
        description =
                "Prune the weights of a .gguf file, or take it as it was trained sparse (--method given), and pack what is left "
                        + "into a .dendra file. Finished blocks are kept "
                        + "in FILE.partial, from which the same command goes on after it was broken off.")
final class SparsifyCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "MODEL", description = "A .gguf file, or a name that `dendra models` lists.")
    private String model = "";

    @Mixin
    private final PruningArguments pruning = new PruningArguments();

    @Mixin
    private final CalibrationArguments calibration = new CalibrationArguments();

    @Mixin
    private final HeldOutArguments heldOut = new HeldOutArguments();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "The file to write.")
    private Path output = Path.of("");

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = IntegerConverter.Threads.class,
            description = "Threads that compute (default: one for each core that this process may use).")
    private int threads = ComputeArguments.defaultThreads();

    @Mixin
    private final KernelArguments kernels = new KernelArguments();

    @Mixin
    private final CacheArguments cache = new CacheArguments();

    SparsifyCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        SparsifyRequest request = pruning.request();
        ModelLocator.Location location =
                new ModelLocator(console).locate(Optional.of(model), cache.folder(console.environment()));
        if (ModelOpener.isPacked(location.file())) {
            throw new CommandFailure(location.file()
                    + " is packed already: its weights are rounded, and pruning starts from those of a .gguf file");
        }
        try (UnwindingShutdown _ = UnwindingShutdown.ofThisThread()) {
            sparsify(location, request);
        } catch (SparsifyException | CalibrationException | EvaluationException failure) {
            throw new CommandFailure(String.valueOf(failure.getMessage()), failure);
        }
        try (DendraFile written = DendraFile.open(output)) {
            TensorTable.print(written.tensors(), console.out());
            written.provenance().sparsification().ifPresent(this::report);
        }
        console.out().println("written to " + output);
        return 0;
    }

    private void sparsify(ModelLocator.Location location, SparsifyRequest request)
            throws CommandFailure, SparsifyException, CalibrationException, EvaluationException, IOException,
                    InterruptedException {
        Optional<EvaluationText> text = heldOut.text();
        if (text.isEmpty() && heldOut.baseline().isPresent()) {
            throw new CommandFailure("--baseline has nothing to be compared on with --held-out none");
        }
        try (GgufFile gguf = GgufFile.open(location.file());
                Kernels selected = kernels.choice().select().kernels();
                ComputePool pool = new ComputePool(threads)) {
            SparsifyPlan plan = SparsifyPlan.of(gguf, request);
            String digest = Sha256.of(location.file());
            Optional<Path> folder = cache.packed(console.environment());
            Optional<ModelLocator.Location> baseline = baseline();
            // What was trained sparse is not run before it is packed, nor is it something to compare with.
            try (OpenedModel source = request.method().chooses() ? open(location, folder) : null;
                    OpenedModel other = baseline.isPresent() ? open(baseline.get(), folder) : null) {
                QualityMeasure measure = text.isPresent() ? measure(text.get(), gguf, source, other, baseline) : null;
                Optional<CalibrationCorpus> corpus = Optional.empty();
                if (plan.needsCalibration() && source != null) {
                    CalibrationSource tokens = new CalibrationSource(console, calibration, selected, pool);
                    corpus = Optional.of(tokens.tokens(source, digest, folder));
                }
                ModelSparsifier sparsifier = ModelSparsifier.open(plan, corpus, digest, output, selected, pool);
                announce(sparsifier, plan);
                SparsifiedModel sparse = sparsifier.run(new StageProgressDisplay(console));
                Optional<Sparsification.Quality> quality =
                        measure == null ? Optional.empty() : Optional.of(measure.of(sparse, selected, pool));
                sparse.write(output, quality);
            }
        }
    }

    private OpenedModel open(ModelLocator.Location location, Optional<Path> folder) throws IOException {
        return new ModelOpener(console).open(location, folder);
    }

    private Optional<ModelLocator.Location> baseline() throws CommandFailure, IOException, InterruptedException {
        return heldOut.baseline().isPresent()
                ? Optional.of(new ModelLocator(console).locate(heldOut.baseline(), cache.folder(console.environment())))
                : Optional.empty();
    }

    /** A measure beside {@code other}, else beside {@code source}; null where there is neither. */
    private @Nullable QualityMeasure measure(
            EvaluationText text,
            GgufFile gguf,
            @Nullable OpenedModel source,
            @Nullable OpenedModel other,
            Optional<ModelLocator.Location> baseline)
            throws CommandFailure, EvaluationException, IOException {
        if (other != null && baseline.isPresent()) {
            requireSameVocabulary(gguf, other);
            Sparsification.Baseline described = new Sparsification.Baseline(
                    other.name(), Sha256.of(baseline.get().file()));
            return new QualityMeasure(console, text, other, Optional.of(described));
        }
        if (source == null) {
            console.err().println("the quality is not measured: with --method given that takes --baseline MODEL");
            return null;
        }
        return new QualityMeasure(console, text, source, Optional.empty());
    }

    private static void requireSameVocabulary(GgufFile gguf, OpenedModel other)
            throws CommandFailure, ModelFormatException {
        String key = "tokenizer.ggml.tokens";
        if (!gguf.metadata().strings(key).equals(other.source().metadata().strings(key))) {
            throw new CommandFailure("--baseline " + other.name() + " cannot be compared with " + gguf.path()
                    + ": their vocabularies differ");
        }
    }

    private void announce(ModelSparsifier sparsifier, SparsifyPlan plan) {
        if (sparsifier.work().hasDiscarded()) {
            console.err()
                    .println("starting anew: what was in " + sparsifier.work().folder()
                            + " is of another model or of other settings");
        }
        if (sparsifier.finishedBlocks() > 0) {
            console.err()
                    .println("going on after " + sparsifier.finishedBlocks() + " of "
                            + plan.config().layers() + " blocks");
        }
    }

    private void report(Sparsification sparse) {
        console.out()
                .printf(
                        Locale.ROOT,
                        "pattern %s, density %.4f of the sparse matrices, %s%n",
                        sparse.pattern().id(),
                        sparse.density(),
                        pruning.chooses()
                                ? String.format(Locale.ROOT, "%.4f asked for", sparse.askedDensity())
                                : "as given");
        sparse.quality()
                .ifPresent(quality -> console.out()
                        .printf(
                                Locale.ROOT,
                                "perplexity %.3f, %s %.3f: ratio %.3f (%s, %d tokens)%n",
                                quality.perplexity(),
                                quality.baseline()
                                        .map(Sparsification.Baseline::name)
                                        .orElse("before"),
                                quality.sourcePerplexity(),
                                quality.ratio(),
                                quality.text(),
                                quality.tokens()));
    }
}
