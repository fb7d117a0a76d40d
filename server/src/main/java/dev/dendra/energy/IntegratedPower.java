// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;
import java.time.Duration;

/**
 * Watts that become joules by the trapezoidal rule. Firmware answers slowly and averages over a second or more, so it is
 * asked once a second at most; in between no energy is counted, and the next reading makes up for it.
 */
final class IntegratedPower implements EnergyCounter {
    private static final long SHORTEST_NANOS = Duration.ofSeconds(1).toNanos();

    private final CounterReader reader;
    private final double wattsPerUnit;
    private final double mostWatts;
    private boolean begun;
    private double watts;
    private long readNanos;

    /**
     * A meter that was not read yet.
     *
     * @param wattsPerUnit what one count stands for
     * @param mostWatts no machine takes more
     */
    IntegratedPower(CounterReader reader, double wattsPerUnit, double mostWatts) {
        this.reader = reader;
        this.wattsPerUnit = wattsPerUnit;
        this.mostWatts = mostWatts;
    }

    @Override
    public double advance(long nanos) throws IOException {
        boolean continues = begun;
        if (continues && nanos - readNanos < SHORTEST_NANOS) {
            return 0;
        }
        begun = false;
        double now = reader.read() * wattsPerUnit;
        if (now < 0 || now > mostWatts) {
            throw new ImplausibleReadingException(now + " W");
        }
        double joules = continues ? (watts + now) / 2 * (nanos - readNanos) * 1e-9 : 0;
        watts = now;
        readNanos = nanos;
        begun = true;
        return joules;
    }
}
