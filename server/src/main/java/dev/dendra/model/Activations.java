// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import java.util.Locale;

/** Precision of the activations that enter a matmul. */
public enum Activations {
    /** Single precision: what the weights are worth, nothing lost. */
    F32,
    /** Rounded to int8 in groups of 32, where the weights are integers: less work, and a rounding error. */
    I8;

    /** The word of {@code --activations}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The precision of that name.
     *
     * @throws IllegalArgumentException naming the known ones
     */
    public static Activations ofId(String id) {
        return switch (id) {
            case "f32" -> F32;
            case "i8" -> I8;
            default -> throw new IllegalArgumentException("unknown activations '" + id + "'; known: f32, i8");
        };
    }
}
