// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import dev.dendra.energy.LoggedStep.Entry;
import dev.dendra.energy.LoggedStep.Piece;

/**
 * How pieces of an engine's steps get their share of a window's energy, and requests theirs of a piece.
 *
 * @param model what the engine's work costs
 * @param byCost whether shares go by that, else by time alone
 * @param scale joules for each unit of either
 * @param aboveIdle share of the energy that an idle machine would not have spent; NaN where that is not known
 */
record PieceShare(CostModel model, boolean byCost, double scale, double aboveIdle) {

    /**
     * Gives a piece its energy.
     *
     * @param whole whether this is all that the piece took
     */
    void give(Piece piece, boolean whole, EnergyTotals totals) {
        double prefill = scale * (byCost ? model.prefillJoules(piece) : model.prefillSeconds(piece));
        double decode = scale * (byCost ? model.decodeJoules(piece) : model.decodeSeconds(piece));
        totals.addWork(prefill, decode, (prefill + decode) * aboveIdle);
        Work all = piece.step().work();
        for (Entry entry : piece.step().entries()) {
            RequestEnergy request = entry.request();
            if (request != null) {
                Work own = entry.work();
                double ofPrefill = prefill * model.promptPart(own, all);
                double ofDecode = decode * model.decodePart(own, all);
                request.add(ofPrefill, ofDecode, (ofPrefill + ofDecode) * aboveIdle);
                if (!whole) {
                    request.lose();
                }
                if (piece.step().isUsedUp()) {
                    request.settle(entry.rows());
                }
            }
        }
    }
}
