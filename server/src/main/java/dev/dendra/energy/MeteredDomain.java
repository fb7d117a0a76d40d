// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;
import java.util.concurrent.atomic.DoubleAdder;

/** A domain and what was counted of it since the start. One thread samples; any thread reads. */
final class MeteredDomain {
    private final EnergyDomain domain;
    private final EnergyCounter counter;
    private final DoubleAdder joules = new DoubleAdder();
    private boolean continues;

    MeteredDomain(EnergyDomain domain, EnergyCounter counter) {
        this.domain = domain;
        this.counter = counter;
    }

    EnergyDomain domain() {
        return domain;
    }

    /** Joules so far; never less than before. */
    double joules() {
        return joules.sum();
    }

    /**
     * Counts what came since the last sample.
     *
     * @return whether that is all of it: neither this sample nor the last failed
     */
    boolean sample(long nanos, ReadErrors errors) {
        boolean continued = continues;
        try {
            joules.add(counter.advance(nanos));
            continues = true;
            return continued;
        } catch (IOException failure) {
            errors.add(failure);
            continues = false;
            return false;
        }
    }
}
