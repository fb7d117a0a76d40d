// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.io.IOException;
import java.nio.file.Path;

/** A way to fetch a model from one kind of origin. */
@FunctionalInterface
interface OriginFetcher<T extends ModelOrigin> {

    /**
     * Saves the model as {@code target}, verified, or leaves nothing.
     *
     * @throws IOException whose message says why it did not work, in a line
     */
    void fetch(T origin, CatalogModel model, Path target, FetchProgress progress)
            throws IOException, InterruptedException;
}
