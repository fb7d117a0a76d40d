// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import dev.dendra.energy.LoggedStep.Entry;
import dev.dendra.energy.LoggedStep.Piece;

/**
 * How pieces of an engine's steps get their share of a window's energy, and requests theirs of a piece.
 *
 * @param model what the engine's work costs
 * @param byCost whether shares go by that, else by time and rows
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
        Work work = piece.work();
        double prefill = scale * (byCost ? model.prefill(work) : piece.seconds() * work.promptRows() / work.rows());
        double decode = scale * (byCost ? model.decode(work) : piece.seconds() * work.decodeRows() / work.rows());
        totals.addWork(prefill, decode, (prefill + decode) * aboveIdle);
        Work all = piece.step().work();
        for (Entry entry : piece.step().entries()) {
            RequestEnergy request = entry.request();
            if (request != null) {
                Work own = entry.work();
                double ofPrefill = prefill
                        * part(own.promptRows(), all.promptRows(), model.promptWork(own), model.promptWork(all));
                double ofDecode =
                        decode * part(own.decodeRows(), all.decodeRows(), model.decodeWork(own), model.decodeWork(all));
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

    private double part(double ownRows, double allRows, double ownCost, double allCost) {
        if (allRows == 0) {
            return 0;
        }
        return byCost && allCost > 0 ? ownCost / allCost : ownRows / allRows;
    }
}
