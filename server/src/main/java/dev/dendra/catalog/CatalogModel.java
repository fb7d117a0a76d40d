// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * A model known by name.
 *
 * @param name what users call it
 * @param fileName what the file is called in the cache, or in the folder of shipped models
 * @param bytes size of the file
 * @param sha256 digest of the file, 64 lower-case hexadecimal digits
 * @param license SPDX identifier
 * @param origins where it can be had, the preferred one first
 */
public record CatalogModel(
        String name, String fileName, long bytes, String sha256, String license, List<ModelOrigin> origins) {

    /** Copies the origins. */
    public CatalogModel {
        origins = List.copyOf(origins);
    }

    /** Whether it comes with the program. */
    public boolean isShipped() {
        return origins.stream().anyMatch(ModelOrigin.Shipped.class::isInstance);
    }

    /** The same model, its web origins replaced by {@code address}. */
    public CatalogModel withWebAddress(URI address) {
        List<ModelOrigin> changed = new ArrayList<>(origins);
        changed.removeIf(origin -> origin instanceof ModelOrigin.Web);
        changed.add(new ModelOrigin.Web(address));
        return new CatalogModel(name, fileName, bytes, sha256, license, changed);
    }
}
