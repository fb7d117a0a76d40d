// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.convert.calibration.CorpusShape;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The tokens on which a model is watched. */
final class CalibrationArguments {
    @Option(
            names = "--calibration",
            paramLabel = "FILE",
            description = "Text in UTF-8 (default: the model samples it, once; it is kept in the cache).")
    private @Nullable Path text;

    @Option(
            names = "--calibration-sequences",
            paramLabel = "N",
            defaultValue = "128",
            converter = IntegerConverter.Positive.class,
            description = "Sequences of calibration tokens (default: ${DEFAULT-VALUE}).")
    private int sequences;

    @Option(
            names = "--calibration-length",
            paramLabel = "TOKENS",
            defaultValue = "512",
            converter = IntegerConverter.Window.class,
            description = "Tokens of a sequence (default: ${DEFAULT-VALUE}).")
    private int length;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Another seed samples other calibration tokens (default: ${DEFAULT-VALUE}).")
    private long seed;

    /** The file of text; nothing to sample. */
    Optional<Path> text() {
        return Optional.ofNullable(text);
    }

    /** How many tokens. */
    CorpusShape shape() {
        return new CorpusShape(sequences, length);
    }

    /** Seed of sampling. */
    long seed() {
        return seed;
    }
}
