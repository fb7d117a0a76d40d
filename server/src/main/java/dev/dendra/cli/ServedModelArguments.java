// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which models a server has, what clients call them, and where models are kept. */
final class ServedModelArguments {
    @Option(
            names = "--model",
            paramLabel = "[NAME=]MODEL",
            description = "A .gguf or .dendra file, or a name that `dendra models` lists (default: the catalogue's "
                    + "first, fetched once). Repeat it to serve several; NAME is what clients call the model, and the "
                    + "first answers requests that name none.")
    private List<String> models = new ArrayList<>();

    @Option(names = "--alias", paramLabel = "NAME", description = "Name of the model for clients, if there is one.")
    private @Nullable String alias;

    @Mixin
    private final CacheArguments cache = new CacheArguments();

    /** The models in their order, at least one. */
    List<ModelOption> models() throws CommandFailure {
        List<ModelOption> options = new ArrayList<>();
        for (String model : models) {
            options.add(ModelOption.parse(model));
        }
        if (options.isEmpty()) {
            options.add(new ModelOption(Optional.empty(), Optional.empty()));
        }
        if (alias == null) {
            return options;
        }
        if (options.size() > 1) {
            throw new CommandFailure("--alias is for one model; name each of several with --model NAME=MODEL");
        }
        return List.of(options.getFirst().named(alias));
    }

    /** Where models are kept. */
    CacheArguments cache() {
        return cache;
    }

    /**
     * Checks that clients can tell the models apart.
     *
     * @throws CommandFailure if two have the same name
     */
    static void requireDistinct(List<NamedModel> models) throws CommandFailure {
        Set<String> names = new HashSet<>();
        for (NamedModel model : models) {
            if (!names.add(model.id())) {
                throw new CommandFailure(
                        "two models are called '" + model.id() + "'; name them apart with --model " + "NAME=MODEL");
            }
        }
    }
}
