// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model, and where models are kept. */
final class ModelArguments {
    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "A .gguf or .dendra file, or a name that `dendra models` lists (default: the catalogue's first, "
                            + "fetched once).")
    private @Nullable String model;

    @Mixin
    private final CacheArguments cache = new CacheArguments();

    /** Path or name of the model; nothing for the default one. */
    Optional<String> model() {
        return Optional.ofNullable(model);
    }

    /** Where models are kept. */
    CacheArguments cache() {
        return cache;
    }
}
