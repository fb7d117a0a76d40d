// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import java.util.Map;
import java.util.Optional;

/** Keeps what kernels measured on this processor from one start to the next. */
public interface TuningStore {

    /**
     * What was kept: numbers of rows, at least 1 and {@link Tuning#NEVER} at most, by name. Empty where there is nothing, or nothing that {@code kernels}
     * measured on this processor; never throws.
     *
     * @param kernels which kernels, and which build of them
     */
    Map<String, Integer> recall(String kernels);

    /**
     * Keeps {@code rows} with what these kernels kept before; never throws.
     *
     * @return why they are not kept; empty where they are
     */
    Optional<String> keep(String kernels, Map<String, Integer> rows);

    /** A store that keeps nothing, for that reason. */
    static TuningStore none(String reason) {
        return new TuningStore() {
            @Override
            public Map<String, Integer> recall(String kernels) {
                return Map.of();
            }

            @Override
            public Optional<String> keep(String kernels, Map<String, Integer> rows) {
                return Optional.of(reason);
            }
        };
    }
}
