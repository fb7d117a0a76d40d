// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.model.Activations;

/** What {@code serve --deterministic} does on some kernels: the same arithmetic for a row, alone or in any company. */
final class Determinism {
    private Determinism() {}

    /** For people: the difference that it makes where activations would have been {@code usual}. */
    static String describe(Activations usual) {
        Activations always = usual.inEveryStep();
        return usual.equals(always)
                ? "already so: activations are " + usual + " in steps of any size"
                : "activations are " + always + " in steps of any size instead of " + usual
                        + ", for prompts that take longer";
    }
}
