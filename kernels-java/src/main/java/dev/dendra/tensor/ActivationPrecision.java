// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the activations that enter a matmul are rounded to. */
public enum ActivationPrecision {
    /** Single precision: nothing is lost. */
    F32,
    /** bfloat16: 8 bits of significand. */
    BF16,
    /** Signed 16 bit with a scale, see {@link QuantizedMatrix}; near single precision. */
    I16,
    /** Signed 8 bit with a scale, see {@link QuantizedMatrix}. */
    I8;

    /** Lower-case name as in options: {@code bf16}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The precision of that name.
     *
     * @throws IllegalArgumentException naming the known ones
     */
    public static ActivationPrecision ofId(String id) {
        return Arrays.stream(values())
                .filter(precision -> precision.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown activations '" + id + "'; known: "
                        + Arrays.stream(values()).map(ActivationPrecision::id).collect(Collectors.joining(", "))));
    }
}
