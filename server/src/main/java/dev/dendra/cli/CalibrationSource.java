// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.convert.calibration.CalibrationCorpus;
import dev.dendra.convert.calibration.CalibrationException;
import dev.dendra.convert.calibration.CalibrationText;
import dev.dendra.convert.calibration.CorpusFile;
import dev.dendra.convert.calibration.CorpusSampler;
import dev.dendra.convert.calibration.CorpusShape;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.model.Activations;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.LlamaModel;
import dev.dendra.model.ModelConfig;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import dev.dendra.tensor.ActivationPrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Gets calibration tokens: of a text, of the cache, or sampled from the model that will be pruned, and then kept there. */
final class CalibrationSource {
    private static final System.Logger LOG = System.getLogger(CalibrationSource.class.getName());
    private static final int DIGEST_CHARACTERS = 16;

    private final Console console;
    private final CalibrationArguments arguments;
    private final Kernels kernels;
    private final ComputePool pool;

    CalibrationSource(Console console, CalibrationArguments arguments, Kernels kernels, ComputePool pool) {
        this.console = console;
        this.arguments = arguments;
        this.kernels = kernels;
        this.pool = pool;
    }

    /**
     * The tokens.
     *
     * @param opened the model, all of its weights there
     * @param digest of its source
     * @param cache where sampled tokens are kept; nothing if they are not
     * @throws CommandFailure if sequences are longer than the model's context
     * @throws CalibrationException if the text is too short, or the model gives no probabilities
     */
    CalibrationCorpus tokens(OpenedModel opened, String digest, Optional<Path> cache)
            throws CommandFailure, CalibrationException, IOException, InterruptedException {
        CorpusShape shape = arguments.shape();
        int longest = ModelConfig.of(opened.source().metadata()).contextLength();
        if (shape.length() > longest) {
            throw new CommandFailure("--calibration-length " + shape.length() + " is more than the " + longest
                    + " tokens that " + opened.name() + " was made for");
        }
        if (arguments.text().isPresent()) {
            return new CalibrationText(opened.tokenizer()).read(arguments.text().get(), shape);
        }
        if (cache.isEmpty()) {
            return sample(opened, shape);
        }
        Path file = cache.get()
                .resolve("calibration-" + digest.substring(0, DIGEST_CHARACTERS) + "-" + shape.sequences() + "x"
                        + shape.length() + "-seed" + arguments.seed() + "-g" + CorpusSampler.VERSION + ".tokens");
        String name = CorpusSampler.describe(shape, arguments.seed());
        Optional<CalibrationCorpus> kept =
                CorpusFile.read(file, name, shape, opened.tokenizer().vocabularySize());
        if (kept.isPresent()) {
            return kept.get();
        }
        CalibrationCorpus sampled = sample(opened, shape);
        try {
            Files.createDirectories(cache.get());
            CorpusFile.write(file, sampled);
        } catch (IOException unwritable) {
            LOG.log(System.Logger.Level.WARNING, "sampled calibration tokens are not kept: " + unwritable);
        }
        return sampled;
    }

    private CalibrationCorpus sample(OpenedModel opened, CorpusShape shape)
            throws CalibrationException, IOException, InterruptedException {
        // One precision for steps of any size, the nearest to single precision that is fast.
        ActivationPrecision precision = kernels.activationPrecisions().contains(ActivationPrecision.I16)
                ? ActivationPrecision.I16
                : ActivationPrecision.F32;
        ModelOptions options = new ModelOptions(
                shape.length(),
                CorpusSampler.rows(shape),
                KvCacheOptions.ofBlocks(KvType.F32, CorpusSampler.kvBlocks(shape)),
                Activations.always(precision),
                opened.isInMemory() ? WeightPlacement.MAPPED : WeightPlacement.AUTO);
        try (LlamaModel model = LlamaModel.load(opened.source(), kernels, pool, options)) {
            return new CorpusSampler(model, kernels, opened.tokenizer())
                    .sample(shape, arguments.seed(), new StageProgressDisplay(console));
        }
    }
}
