// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The energy of a request, which comes to be known some time after it was spent. The engine's thread logs rows, the
 * ledger's accounts for them, any thread asks.
 */
public final class RequestEnergy {
    private final EnergyLedger ledger;
    private final AtomicLong loggedRows = new AtomicLong();
    private long settledRows;
    private double prefillJoules;
    private double decodeJoules;
    private double marginalJoules;
    private boolean marginalKnown = true;
    private volatile boolean lost;

    RequestEnergy(EnergyLedger ledger) {
        this.ledger = ledger;
    }

    /** The meter. */
    public EnergyMeter meter() {
        return ledger.meter();
    }

    /**
     * What was spent, waiting until all that was computed so far is accounted for.
     *
     * @return empty if that took longer than {@code patience}, or if the meter failed meanwhile
     */
    public Optional<EnergyUse> await(Duration patience) throws InterruptedException {
        long limit = System.nanoTime() + patience.toNanos();
        try (EnergyLedger.Hurry _ = ledger.hurry()) {
            synchronized (this) {
                long left = limit - System.nanoTime();
                while (!lost && settledRows < loggedRows.get() && left > 0) {
                    wait(Duration.ofNanos(left).toMillis() + 1);
                    left = limit - System.nanoTime();
                }
                return lost || settledRows < loggedRows.get() ? Optional.empty() : Optional.of(use());
            }
        }
    }

    private EnergyUse use() {
        return new EnergyUse(
                prefillJoules,
                decodeJoules,
                marginalKnown ? OptionalDouble.of(marginalJoules) : OptionalDouble.empty());
    }

    /** The engine computes {@code rows} more. Engine's thread. */
    void log(int rows) {
        loggedRows.lazySet(loggedRows.get() + rows);
    }

    /** Its energy will never be known in full. */
    void lose() {
        lost = true;
    }

    /** A part of its energy is known. {@code marginal} is NaN where it is not known. Ledger's thread. */
    synchronized void add(double prefill, double decode, double marginal) {
        prefillJoules += prefill;
        decodeJoules += decode;
        if (Double.isNaN(marginal)) {
            marginalKnown = false;
        } else {
            marginalJoules += marginal;
        }
    }

    /** All energy of so many rows was added. Ledger's thread. */
    synchronized void settle(int rows) {
        settledRows += rows;
        notifyAll();
    }
}
