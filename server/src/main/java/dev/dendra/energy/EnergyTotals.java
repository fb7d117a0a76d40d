// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.util.concurrent.atomic.DoubleAdder;

/** Joules by what they were spent on, since the start. One thread adds, any thread reads. */
public final class EnergyTotals {
    private final DoubleAdder prefill = new DoubleAdder();
    private final DoubleAdder decode = new DoubleAdder();
    private final DoubleAdder idle = new DoubleAdder();
    private final DoubleAdder marginal = new DoubleAdder();
    private final DoubleAdder busySeconds = new DoubleAdder();

    EnergyTotals() {}

    void addIdle(double joules) {
        idle.add(joules);
    }

    /** {@code ofWhichMarginal} is NaN where it is not known. */
    void addWork(double prefillJoules, double decodeJoules, double ofWhichMarginal) {
        prefill.add(prefillJoules);
        decode.add(decodeJoules);
        if (!Double.isNaN(ofWhichMarginal)) {
            marginal.add(ofWhichMarginal);
        }
    }

    void addBusy(double seconds) {
        busySeconds.add(seconds);
    }

    /** Joules spent on prompts. */
    public double prefillJoules() {
        return prefill.sum();
    }

    /** Joules spent on generated tokens. */
    public double decodeJoules() {
        return decode.sum();
    }

    /** Joules spent while nothing was computed. */
    public double idleJoules() {
        return idle.sum();
    }

    /** What prefill and decode took above what an idle machine takes; nothing of times in which that was not known. */
    public double marginalJoules() {
        return marginal.sum();
    }

    /** Time in which a step ran. */
    public double busySeconds() {
        return busySeconds.sum();
    }
}
