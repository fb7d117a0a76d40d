// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import java.util.Locale;

/** Where the weights lie while they are served. */
public enum WeightPlacement {
    /** In huge pages where memory allows, else mapped. */
    AUTO,
    /** Copied once into anonymous memory with huge pages. */
    HUGE,
    /** The mapped file itself: no copy, ordinary pages. */
    MAPPED;

    /** The word of {@code --weights}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The placement of that name.
     *
     * @throws IllegalArgumentException naming the known ones
     */
    public static WeightPlacement ofId(String id) {
        return switch (id) {
            case "auto" -> AUTO;
            case "huge" -> HUGE;
            case "mapped" -> MAPPED;
            default ->
                throw new IllegalArgumentException(
                        "unknown placement of weights '" + id + "'; known: auto, huge, mapped");
        };
    }
}
