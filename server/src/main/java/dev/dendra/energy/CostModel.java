// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import dev.dendra.energy.LoggedStep.Piece;
import java.util.List;

/**
 * What an engine's work costs: the time that a step took is known, how much of it was for prompts is fitted to all steps,
 * and what a second of either takes to the readings of the meter. For one thread.
 */
final class CostModel {
    private final StepTimes times = new StepTimes();
    private final PhasePower power = new PhasePower();

    /** Notes a step. */
    void learn(LoggedStep step) {
        if (step.work().rows() > 0) {
            times.learn(step.work(), step.seconds());
        }
    }

    /** Notes that {@code pieces} took {@code joules}. */
    void learn(List<Piece> pieces, double joules) {
        double prefill = 0;
        double decode = 0;
        for (Piece piece : pieces) {
            prefill += prefillSeconds(piece);
            decode += decodeSeconds(piece);
        }
        power.learn(prefill, decode, joules);
    }

    /** Whether enough was measured to tell joules. */
    boolean isKnown() {
        return power.isKnown();
    }

    /** Joules by which it misses what is measured, summed without sign, as a share of that; NaN before it is known. */
    double residualRatio() {
        return power.residualRatio();
    }

    double prefillSeconds(Piece piece) {
        return piece.seconds() * times.prefillShare(piece.step().work());
    }

    double decodeSeconds(Piece piece) {
        return piece.seconds() * (1 - times.prefillShare(piece.step().work()));
    }

    /** Joules that a piece is expected to take. */
    double joules(Piece piece) {
        return prefillJoules(piece) + decodeJoules(piece);
    }

    double prefillJoules(Piece piece) {
        return power.prefillWatts() * prefillSeconds(piece);
    }

    double decodeJoules(Piece piece) {
        return power.decodeWatts() * decodeSeconds(piece);
    }

    /** Part of a step's prompts that is a request's, 0 to 1. */
    double promptPart(Work own, Work all) {
        return times.promptPart(own, all);
    }

    /** Part of what decodes in a step that is a request's, 0 to 1. */
    double decodePart(Work own, Work all) {
        return times.decodePart(own, all);
    }
}
