// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.convert.ModelShape;
import dev.dendra.convert.WeightFormat;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Made-up weights in place of a model file. */
final class SyntheticArguments {
    @Option(
            names = "--synthetic",
            paramLabel = "SHAPE",
            converter = WordConverter.OfModelShape.class,
            description = "Seeded random weights of the shape of a published model, made in memory without any file: "
                    + "smollm2-135m, llama-3.2-1b or llama-3.1-8b.")
    private @Nullable ModelShape shape;

    @Option(
            names = "--encoding",
            paramLabel = "ENCODING",
            converter = WordConverter.OfEncoding.class,
            description =
                    "With --synthetic: f32, bf16, i8, i8g32 or u4g32 for every matrix (default: as a Q4_0 file is "
                            + "packed, u4g32 with the output head in i8g32).")
    private @Nullable Encoding encoding;

    @Option(
            names = "--pattern",
            paramLabel = "PATTERN",
            converter = WordConverter.OfPattern.class,
            description =
                    "With --synthetic: 1x1, 1x4, 16x4 or 16x64, the blocks of weights that are stored of the matrices "
                            + "of Transformer blocks (default: dense).")
    private @Nullable Pattern pattern;

    @Option(
            names = "--density",
            paramLabel = "SHARE",
            description = "With --pattern: share of the blocks that are stored, above 0 to 1.")
    private @Nullable Double density;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    /** The shape that was asked for. */
    Optional<ModelShape> shape() {
        return Optional.ofNullable(shape);
    }

    /**
     * What the matrices look like.
     *
     * @throws ParameterException if there is no such format
     */
    WeightFormat format() {
        try {
            return new WeightFormat(
                    Optional.ofNullable(encoding),
                    pattern == null ? Pattern.DENSE : pattern,
                    density == null ? 1 : density);
        } catch (IllegalArgumentException unknown) {
            throw new ParameterException(
                    Objects.requireNonNull(command).commandLine(), String.valueOf(unknown.getMessage()), unknown);
        }
    }

    /** Live share of sparse weights, if one was asked for. */
    OptionalDouble density() {
        return density == null ? OptionalDouble.empty() : OptionalDouble.of(density);
    }

    /** Whether one encoding or pattern was asked for. */
    boolean choosesFormat() {
        return encoding != null || pattern != null;
    }

    /**
     * Checks the options against each other and {@code model}.
     *
     * @throws ParameterException if a model file was asked for too, or a format without a shape
     */
    void checkBeside(ModelArguments model) {
        CommandLine line = Objects.requireNonNull(command).commandLine();
        if (shape != null && model.model().isPresent()) {
            throw new ParameterException(
                    line, "--synthetic and --model exclude each other: weights are made up or come from a file");
        }
        if (shape == null && (pattern != null || density != null)) {
            throw new ParameterException(
                    line, "--pattern and --density need --synthetic; `dendra sparsify` prunes a model file");
        }
        if (shape == null && encoding != null) {
            throw new ParameterException(
                    line, "--encoding needs --synthetic; `dendra convert --encoding` packs a file in another encoding");
        }
    }
}
