// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

/** Hears how far an evaluation is. */
@FunctionalInterface
public interface EvaluationProgress {

    /** Hears nothing. */
    EvaluationProgress NONE = tokens -> {};

    /** Another {@code tokens} have gone through every model. */
    void advanced(int tokens);
}
