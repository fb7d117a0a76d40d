// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.CacheFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fetch}: gets a model of the catalogue into the cache. */
@Command(
        name = "fetch",
        description =
                "Fetch a model into the cache and print the path of its file; one that comes with Dendra is only checked.")
final class FetchCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "A name of the catalogue (default: its first).")
    private @Nullable String name;

    @Option(
            names = "--cache",
            paramLabel = "FOLDER",
            description = "Where to (default: DENDRA_CACHE, else ~/.cache/dendra).")
    private @Nullable Path cache;

    FetchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        if (name != null && console.catalog().find(name).isEmpty()) {
            throw new CommandFailure("the catalogue has no model '" + name + "'; `dendra models` lists it");
        }
        Path folder = CacheFolder.resolve(Optional.ofNullable(cache), console.environment());
        Path file = new ModelLocator(console)
                .fetch(
                        name == null
                                ? console.catalog().defaultModel()
                                : console.catalog().find(name).orElseThrow(),
                        folder)
                .file();
        console.out().println(file);
        return 0;
    }
}
