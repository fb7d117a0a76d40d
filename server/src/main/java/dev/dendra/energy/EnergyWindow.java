// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import dev.dendra.energy.LoggedStep.Piece;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Time between two readings of the meter, and who computed in it. Its energy goes to the time in which nothing was
 * computed and to the pieces of steps by what they are expected to take, scaled so that nothing is left over.
 *
 * @param fromNanos begin
 * @param toNanos end
 * @param joules measured
 * @param whole whether these are all joules
 * @param pieces what each engine computed; engines that did nothing are left out
 */
record EnergyWindow(long fromNanos, long toNanos, double joules, boolean whole, Map<CostModel, List<Piece>> pieces) {
    private static final double NANOS = 1e-9;

    /** Share of idle time up to which a window tells what work costs, if it is not known what being idle does. */
    private static final double LITTLE_IDLE = 0.1;

    double seconds() {
        return (toNanos - fromNanos) * NANOS;
    }

    boolean isIdle() {
        return pieces.isEmpty();
    }

    /** Seconds in which at least one engine computed. */
    double busySeconds() {
        List<Piece> sorted = new ArrayList<>();
        pieces.values().forEach(sorted::addAll);
        sorted.sort(Comparator.comparingLong(Piece::fromNanos));
        long busy = 0;
        long reached = Long.MIN_VALUE;
        for (Piece piece : sorted) {
            long from = Math.max(piece.fromNanos(), reached);
            busy += Math.max(0, piece.toNanos() - from);
            reached = Math.max(reached, piece.toNanos());
        }
        return busy * NANOS;
    }

    /** Gives the energy out, to {@code totals} and to the requests. {@code idleWatts} is NaN where it is not known. */
    void share(double idleWatts, EnergyTotals totals) {
        double busySeconds = Math.min(busySeconds(), seconds());
        double idleSeconds = seconds() - busySeconds;
        learn(idleSeconds, idleWatts);
        boolean known = pieces.keySet().stream().allMatch(CostModel::isKnown);
        double cost = known ? cost() : 0;
        // Before the costs are known, time is.
        boolean byCost = cost > 0;
        double amount = byCost ? cost : pieceSeconds();
        double busyJoules = amount > 0 ? busyJoules(byCost ? cost : Double.NaN, idleSeconds, idleWatts) : 0;
        totals.addIdle(joules - busyJoules);
        totals.addBusy(busySeconds);
        double scale = amount > 0 ? busyJoules / amount : 0;
        double aboveIdle = aboveIdle(byCost ? cost : busyJoules, busySeconds, idleWatts);
        pieces.forEach((model, list) -> {
            PieceShare share = new PieceShare(model, byCost, scale, aboveIdle);
            list.forEach(piece -> share.give(piece, whole, totals));
        });
    }

    /** What work and idle time took, as they are expected to, scaled alike. {@code cost} is NaN where it is not known. */
    private double busyJoules(double cost, double idleSeconds, double idleWatts) {
        if (Double.isNaN(idleWatts)) {
            return joules * (1 - idleSeconds / seconds());
        }
        double idleJoules = idleWatts * idleSeconds;
        return Double.isNaN(cost) ? Math.max(0, joules - idleJoules) : joules * cost / (cost + idleJoules);
    }

    /** NaN where it is not known what an idle machine takes. */
    private static double aboveIdle(double expectedJoules, double busySeconds, double idleWatts) {
        if (Double.isNaN(idleWatts)) {
            return Double.NaN;
        }
        return expectedJoules > 0 ? Math.max(0, 1 - idleWatts * busySeconds / expectedJoules) : 0;
    }

    /** Only what one engine did alone tells what its work costs. */
    private void learn(double idleSeconds, double idleWatts) {
        boolean idleKnown = !Double.isNaN(idleWatts);
        if (!whole || pieces.size() != 1 || (!idleKnown && idleSeconds > LITTLE_IDLE * seconds())) {
            return;
        }
        // Below zero where the meter is late: another time it is above by as much.
        double busyJoules = joules - (idleKnown ? idleWatts * idleSeconds : 0);
        pieces.forEach((model, list) -> model.learn(list, busyJoules));
    }

    private double cost() {
        double sum = 0;
        for (Map.Entry<CostModel, List<Piece>> each : pieces.entrySet()) {
            for (Piece piece : each.getValue()) {
                sum += each.getKey().joules(piece);
            }
        }
        return sum;
    }

    private double pieceSeconds() {
        double sum = 0;
        for (List<Piece> list : pieces.values()) {
            for (Piece piece : list) {
                sum += piece.seconds();
            }
        }
        return sum;
    }
}
