// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.KernelLoadException;
import org.jspecify.annotations.Nullable;

/** The highest instruction set that the user lets the native kernels use. */
final class TierCap {

    /** Environment variable: {@code scalar}, {@code avx2}, {@code avx512} or {@code amx}. */
    static final String VARIABLE = "DENDRA_MAX_ISA";

    /** System property of the same meaning, which wins. */
    static final String PROPERTY = "dendra.max.isa";

    private TierCap() {}

    /**
     * The cap of this process; the highest tier where none is set.
     *
     * @throws KernelLoadException if it is set to something unknown
     */
    static NativeTier ofThisProcess() {
        String property = System.getProperty(PROPERTY);
        return property == null ? of(VARIABLE, System.getenv(VARIABLE)) : of(PROPERTY, property);
    }

    static NativeTier of(String source, @Nullable String word) {
        if (word == null || word.isBlank()) {
            return NativeTier.AMX;
        }
        return NativeTier.ofId(word.strip())
                .orElseThrow(() ->
                        new KernelLoadException(source + " is '" + word + "'; it takes one of " + NativeTier.ids()));
    }
}
