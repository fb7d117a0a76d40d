// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread that keeps a ledger: ten times a second, or as often as the meter allows while somebody waits. A tenth of a
 * second is a hundred ticks of RAPL's counters, and mostly holds steps of one kind.
 */
public final class EnergySampler implements AutoCloseable {
    private static final long USUAL_NANOS = Duration.ofMillis(100).toNanos();
    private static final long HURRIED_NANOS = Duration.ofMillis(20).toNanos();
    private static final System.Logger LOG = System.getLogger(EnergySampler.class.getName());

    private final EnergyLedger ledger;
    private final Thread thread;
    private volatile boolean closed;

    private EnergySampler(EnergyLedger ledger) {
        this.ledger = ledger;
        this.thread = Thread.ofPlatform().name("dendra-energy").daemon(true).unstarted(this::loop);
    }

    /** Starts to count. */
    public static EnergySampler start(EnergyLedger ledger) {
        EnergySampler sampler = new EnergySampler(ledger);
        ledger.onWake(() -> LockSupport.unpark(sampler.thread));
        sampler.thread.start();
        return sampler;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    private void loop() {
        while (!closed) {
            try {
                ledger.pass();
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "energy is no longer attributed", e);
                return;
            }
            LockSupport.parkNanos(this, ledger.isHurried() ? HURRIED_NANOS : USUAL_NANOS);
        }
    }
}
