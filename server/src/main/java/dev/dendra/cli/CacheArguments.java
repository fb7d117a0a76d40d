// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.CacheFolder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where models are kept. */
final class CacheArguments {
    @Option(
            names = "--cache",
            paramLabel = "FOLDER",
            description = "Folder of fetched and packed models (default: DENDRA_CACHE, else ~/.cache/dendra).")
    private @Nullable Path cache;

    @Option(names = "--no-cache", description = "Pack a .gguf file in memory and keep no packed file.")
    private boolean noCache;

    /** The cache folder. */
    Path folder(Map<String, String> environment) {
        return CacheFolder.resolve(Optional.ofNullable(cache), environment);
    }

    /** Where packed models are kept; nothing if they are not. */
    Optional<Path> packed(Map<String, String> environment) {
        return noCache ? Optional.empty() : Optional.of(folder(environment));
    }
}
