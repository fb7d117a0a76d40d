// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.util.List;

/**
 * Size and digest of {@code models/smollm2-135m-sparse.dendra}, which is part of the repository. The catalogue has the model
 * once they are filled in. {@code ShippedModelsTest} compares them with the file, and where they differ prints the command
 * that fills them in: {@code ./dendra test -pl server -am -Dtest=ShippedModelsTest -Dsurefire.failIfNoSpecifiedTests=false}.
 */
final class ShippedModel {
    /** Of the file and, without its ending, of the model. */
    static final String FILE = "smollm2-135m-sparse.dendra";

    /** 0 while there is no file. */
    static final long BYTES = 75958976L;

    /** Nothing while there is no file. */
    static final String SHA256 = "659742be8032054dcfd1a652633be8d89d6390b07d1ac13795cb343e5568a042";

    private ShippedModel() {}

    /** The model of that size and digest. */
    static CatalogModel describe(long bytes, String sha256) {
        return new CatalogModel(
                FILE.substring(0, FILE.lastIndexOf('.')),
                FILE,
                bytes,
                sha256,
                "Apache-2.0",
                List.of(new ModelOrigin.Shipped()));
    }
}
