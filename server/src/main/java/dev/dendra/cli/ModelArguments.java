// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.CacheFolder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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

    @Option(
            names = "--cache",
            paramLabel = "FOLDER",
            description = "Folder of fetched and packed models (default: DENDRA_CACHE, else ~/.cache/dendra).")
    private @Nullable Path cache;

    @Option(names = "--no-cache", description = "Pack a .gguf file in memory and keep no packed file.")
    private boolean noCache;

    /** Path or name of the model; nothing for the default one. */
    Optional<String> model() {
        return Optional.ofNullable(model);
    }

    /** The cache folder. */
    Path cache(Map<String, String> environment) {
        return CacheFolder.resolve(Optional.ofNullable(cache), environment);
    }

    /** Whether packed models are kept in the cache folder. */
    boolean keepsPacked() {
        return !noCache;
    }
}
