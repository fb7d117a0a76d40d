// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import java.util.Locale;

/** How density is shared out among Transformer blocks. */
public enum Allocation {
    /** The same for all. */
    UNIFORM,
    /** More for those with more outliers. Yin et al. 2023, "Outlier Weighed Layerwise Sparsity". */
    OWL;

    /** Name as in options and manifests: {@code owl}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The allocation of that name.
     *
     * @throws IllegalArgumentException naming the known ones
     */
    public static Allocation ofId(String id) {
        for (Allocation allocation : values()) {
            if (allocation.id().equals(id)) {
                return allocation;
            }
        }
        throw new IllegalArgumentException("unknown allocation '" + id + "'; known: uniform, owl");
    }
}
