// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.convert.WeightFormat;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A benchmark of everything that a host can do, and its file. */
final class MatrixArguments {
    @Option(
            names = "--matrix",
            description = "Time every instruction set that runs here with made-up weights of every encoding and pattern"
                    + " (of --synthetic, else smollm2-135m), and write --out.")
    private boolean matrix;

    @Option(names = "--out", paramLabel = "FILE", description = "With --matrix: the file for --compare.")
    private @Nullable Path out;

    @Option(
            names = "--encodings",
            paramLabel = "ENCODING",
            split = ",",
            defaultValue = "bf16,i8,i8g32,u4g32",
            converter = WordConverter.OfEncoding.class,
            description = "With --matrix: encodings of the weights (default: ${DEFAULT-VALUE}).")
    private List<Encoding> encodings = List.of();

    @Option(
            names = "--patterns",
            paramLabel = "PATTERN",
            split = ",",
            defaultValue = "dense,1x1,1x4,16x4,16x64",
            converter = WordConverter.OfPattern.class,
            description = "With --matrix: patterns of the weights, sparse ones with --density of 0.5 where nothing else"
                    + " is said (default: ${DEFAULT-VALUE}).")
    private List<Pattern> patterns = List.of();

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    /** The file to write; nothing if no matrix is asked for. */
    Optional<Path> file() {
        return Optional.ofNullable(out);
    }

    /**
     * Checks the options against each other and those that choose one model.
     *
     * @throws ParameterException if they do not go together
     */
    void checkBeside(ModelArguments model, SyntheticArguments synthetic) {
        if (matrix && out == null) {
            throw wrong("--matrix needs --out FILE");
        }
        if (!matrix && out != null) {
            throw wrong("--out needs --matrix");
        }
        if (matrix && (model.model().isPresent() || synthetic.choosesFormat())) {
            throw wrong(
                    "--matrix makes weights up, of all --encodings and --patterns: --model, --encoding and --pattern"
                            + " have no place beside it");
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(Objects.requireNonNull(command).commandLine(), message);
    }

    /**
     * Every encoding with every pattern that it has.
     *
     * @param density of sparse patterns
     * @throws ParameterException if the density is none
     */
    List<WeightFormat> formats(double density) {
        List<WeightFormat> formats = new ArrayList<>();
        for (Encoding encoding : encodings) {
            for (Pattern pattern : patterns) {
                if (pattern.isSparse() && encoding == Encoding.F32) {
                    continue;
                }
                try {
                    formats.add(new WeightFormat(Optional.of(encoding), pattern, pattern.isSparse() ? density : 1));
                } catch (IllegalArgumentException invalid) {
                    throw wrong(String.valueOf(invalid.getMessage()));
                }
            }
        }
        return formats;
    }
}
