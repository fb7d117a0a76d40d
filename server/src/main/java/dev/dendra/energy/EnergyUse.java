// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.util.OptionalDouble;

/**
 * What was spent on a request, or on several.
 *
 * @param prefillJoules on prompts
 * @param decodeJoules on what was generated
 * @param marginalJoules what of both would not have been spent by an idle machine; empty where it is not known what that
 *     takes
 */
public record EnergyUse(double prefillJoules, double decodeJoules, OptionalDouble marginalJoules) {

    /** Prefill and decode. */
    public double grossJoules() {
        return prefillJoules + decodeJoules;
    }

    /** Both together. */
    public EnergyUse plus(EnergyUse other) {
        boolean known = marginalJoules.isPresent() && other.marginalJoules.isPresent();
        return new EnergyUse(
                prefillJoules + other.prefillJoules,
                decodeJoules + other.decodeJoules,
                known
                        ? OptionalDouble.of(marginalJoules.getAsDouble() + other.marginalJoules.getAsDouble())
                        : OptionalDouble.empty());
    }
}
