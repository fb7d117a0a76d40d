// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The folder of models that come with the program. Files stay where they are; each is compared with the catalogue's digest
 * before it is used, which takes a moment the first time and is remembered until the file changes.
 */
final class ShippedModels {
    /** Environment variable that names the folder. */
    private static final String FOLDER = "DENDRA_MODELS";

    /** How a file begins that Git LFS puts in place of another one. */
    private static final String POINTER = "version https://git-lfs.github.com/spec/";

    private final Optional<Path> folder;
    private final DigestCache digests;

    private ShippedModels(Optional<Path> folder, DigestCache digests) {
        this.folder = folder;
        this.digests = digests;
    }

    /**
     * The folder that the environment names, if it does; the launcher and the image have it do so.
     *
     * @param cache where digests are remembered
     */
    static ShippedModels of(Map<String, String> environment, Path cache) {
        String named = environment.getOrDefault(FOLDER, "");
        return new ShippedModels(
                named.isBlank() ? Optional.empty() : Optional.of(Path.of(named)), new DigestCache(cache));
    }

    /**
     * The file of a model.
     *
     * @throws ModelUnavailableException if it is not there, or only a pointer to it
     * @throws DamagedModelException if it is another one than the catalogue's
     * @throws IOException if it cannot be read
     */
    Path file(CatalogModel model) throws IOException {
        Path file = folder.orElseThrow(() -> unavailable(
                        model,
                        "but " + FOLDER + " does not say in which folder: start ./dendra of a checkout, or set "
                                + FOLDER + " to a folder with " + model.fileName()))
                .resolve(model.fileName());
        if (!Files.isRegularFile(file)) {
            throw unavailable(
                    model,
                    "but " + file + " is not there: check it out (git checkout -- models), mount it there, or set "
                            + FOLDER + " to a folder that has it");
        }
        long bytes = Files.size(file);
        if (bytes != model.bytes() && isPointer(file)) {
            throw unavailable(
                    model, "but " + file + " is a pointer of Git LFS and not the file itself: git lfs pull brings it");
        }
        if (bytes != model.bytes()) {
            throw new DamagedModelException(file + " has " + bytes + " bytes, the catalogue says " + model.bytes()
                    + ": it was not copied whole, or is of another version. git checkout -- models brings it back");
        }
        String digest = digests.digest(file);
        if (!digest.equals(model.sha256())) {
            throw new DamagedModelException(file + " has sha256 " + digest + ", the catalogue says " + model.sha256()
                    + ": it was changed, or is of another version. git checkout -- models brings it back");
        }
        return file;
    }

    private static ModelUnavailableException unavailable(CatalogModel model, String problem) {
        return new ModelUnavailableException("model '" + model.name() + "' is a file that comes with Dendra, " + problem
                + ". Another model is taken with --model PATH.");
    }

    private static boolean isPointer(Path file) throws IOException {
        try (InputStream content = Files.newInputStream(file)) {
            return new String(content.readNBytes(POINTER.length()), StandardCharsets.ISO_8859_1).equals(POINTER);
        }
    }
}
