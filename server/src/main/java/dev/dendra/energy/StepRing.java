// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The log of one engine: a ring that the engine's thread writes and the ledger's empties. If that is held up until the ring
 * is full, steps are noted as one, which costs the requests in them their energy figure and nothing else.
 */
final class StepRing implements StepLog {
    /** A power of two; at a hundred steps a second room for ten seconds. */
    static final int STEPS = 1024;

    private static final long NO_STEP = Long.MAX_VALUE;

    private final EnergyLedger ledger;
    private final StepSlot[] slots = new StepSlot[STEPS];
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong openNanos = new AtomicLong(NO_STEP);
    private boolean open;

    /** Whether the slot has steps that have ended and are not handed over. */
    private boolean held;

    /** With room for steps of so many sequences. */
    StepRing(EnergyLedger ledger, int sequences) {
        this.ledger = ledger;
        for (int i = 0; i < STEPS; i++) {
            // One more, for steps that are noted as one.
            slots[i] = new StepSlot(sequences + 1);
        }
    }

    @Override
    public @Nullable RequestEnergy open() {
        return ledger.meter().measures() ? new RequestEnergy(ledger) : null;
    }

    @Override
    public void begin(long nanos) {
        end(nanos);
        if (held) {
            slot().goOn();
        } else {
            slot().begin(nanos);
            openNanos.set(nanos);
        }
        open = true;
    }

    @Override
    public void prompt(@Nullable RequestEnergy request, int rows, int kvTokens) {
        log(request, rows);
        slot().add(request, rows, 0, kvTokens);
    }

    @Override
    public void decode(@Nullable RequestEnergy request, int rows, int kvTokens) {
        log(request, rows);
        slot().add(request, 0, rows, kvTokens);
    }

    private static void log(@Nullable RequestEnergy request, int rows) {
        if (request != null) {
            request.log(rows);
        }
    }

    @Override
    public void end(long nanos) {
        if (open) {
            slot().end(nanos);
            open = false;
            held = true;
        }
        // The slot that is written next must be free, so the last free one is kept until others are.
        long unread = written.get() - taken.get();
        if (held && unread < STEPS - 1) {
            held = false;
            written.lazySet(written.get() + 1);
            openNanos.set(NO_STEP);
        }
        if (unread >= STEPS / 2) {
            ledger.wake();
        }
    }

    private StepSlot slot() {
        return slots[(int) (written.get() % STEPS)];
    }

    /** When the first step began that is not handed over; the end of time if there is none. Ledger's thread. */
    long openNanos() {
        return openNanos.get();
    }

    /** Takes all that has ended. Ledger's thread, after {@link #openNanos()}. */
    List<LoggedStep> drain() {
        List<LoggedStep> ended = new ArrayList<>();
        long end = written.get();
        for (long i = taken.get(); i < end; i++) {
            ended.add(slots[(int) (i % STEPS)].take());
            taken.lazySet(i + 1);
        }
        return ended;
    }
}
