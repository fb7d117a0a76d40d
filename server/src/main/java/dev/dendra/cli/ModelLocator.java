// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.CatalogModel;
import dev.dendra.catalog.FetchProgress;
import dev.dendra.catalog.ModelFetcher;
import dev.dendra.catalog.ProgressBar;
import dev.dendra.catalog.ProgressLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the file of the model that the user means, and fetches it where it is one of the catalogue. */
final class ModelLocator {
    private final Console console;

    ModelLocator(Console console) {
        this.console = console;
    }

    /**
     * A model file and what the model is called.
     *
     * @param name of the catalogue, else the file's without its ending
     * @param file there, whole and readable
     * @param shipped the model of the catalogue, if it comes with the program and its folder is not to be written to
     */
    record Location(String name, Path file, Optional<CatalogModel> shipped) {
        /** A file of the user's, or of the cache. */
        Location(String name, Path file) {
            this(name, file, Optional.empty());
        }
    }

    /**
     * The model's file.
     *
     * @param model path or catalogue name; nothing for the default model
     * @param cache where fetched models are kept
     * @throws CommandFailure if there is no such model
     * @throws IOException if it cannot be fetched
     */
    Location locate(Optional<String> model, Path cache) throws CommandFailure, IOException, InterruptedException {
        if (model.isEmpty()) {
            return fetch(console.catalog().defaultModel(), cache);
        }
        Path path = Path.of(model.get());
        if (Files.isRegularFile(path)) {
            return new Location(stem(path), path);
        }
        Optional<CatalogModel> known = console.catalog().find(model.get());
        if (known.isPresent()) {
            return fetch(known.get(), cache);
        }
        String names =
                console.catalog().models().stream().map(CatalogModel::name).collect(Collectors.joining(", "));
        String problem = Files.isDirectory(path) ? "is a folder" : "is neither a file nor a name of the catalogue";
        throw new CommandFailure(
                "model '" + model.get() + "' " + problem + " (" + names + "); give a file with --model PATH");
    }

    /** Fetches a model of the catalogue unless it is there. */
    Location fetch(CatalogModel model, Path cache) throws CommandFailure, IOException, InterruptedException {
        FetchProgress progress =
                console.interactive() ? new ProgressBar(console.err()) : new ProgressLines(console.err());
        ModelFetcher fetcher;
        try {
            fetcher = ModelFetcher.into(cache, console.environment());
        } catch (IllegalArgumentException badAddress) {
            throw new CommandFailure(String.valueOf(badAddress.getMessage()), badAddress);
        }
        return new Location(
                model.name(),
                fetcher.fetch(model, progress),
                model.isShipped() ? Optional.of(model) : Optional.empty());
    }

    private static String stem(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
