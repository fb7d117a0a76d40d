// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A machine whose costs are known: time passes and energy is spent as a test says, and a ledger watches. */
final class SyntheticMachine {
    static final double IDLE_WATTS = 80;
    private static final double PREFILL_WATTS = 260;
    private static final double DECODE_WATTS = 180;
    private static final double STEP_SECONDS = 4e-3;
    private static final double PROMPT_ROW_SECONDS = 1e-4;
    private static final double DECODE_ROW_SECONDS = 8e-4;
    private static final double KV_TOKEN_SECONDS = 4e-7;

    private static final long SAMPLE_NANOS = 100_000_000;

    private final EnergyMeter meter;
    private final EnergyLedger ledger;
    private long nanos = 5_000_000_000L;
    private long sampleNanos = nanos;
    private double joules = 100;
    private boolean broken;
    private double prefillJoules;
    private double decodeJoules;
    private double idleJoules;
    private double busySeconds;

    /** What a sequence has in a step. */
    record Rows(@Nullable RequestEnergy request, int prompt, int decode, int kvTokens) {}

    SyntheticMachine() {
        meter = new EnergyMeter(
                EnergySource.POWERCAP,
                MeterScope.HOST,
                List.of(new MeteredDomain(
                        new EnergyDomain(EnergyDomain.Kind.PACKAGE, 0, "rapl"),
                        new AccumulatedEnergy(this::microjoules, AccumulatedEnergy.ENDLESS, 1e-6, 1e12))));
        ledger = new EnergyLedger(meter, () -> nanos);
        ledger.pass();
    }

    private long microjoules() throws ImplausibleReadingException {
        if (broken) {
            throw new ImplausibleReadingException("broken by the test");
        }
        return (long) (joules * 1e6);
    }

    EnergyLedger ledger() {
        return ledger;
    }

    EnergyMeter meter() {
        return meter;
    }

    long nanos() {
        return nanos;
    }

    /** The meter cannot be read, or can again. */
    void breakMeter(boolean isBroken) {
        broken = isBroken;
    }

    /** Nothing is computed. */
    void idle(double seconds) {
        idleJoules += IDLE_WATTS * seconds;
        pass(seconds, IDLE_WATTS);
    }

    /**
     * A step that takes what its rows take.
     *
     * @param slowness by which it takes longer, 1 for not at all
     * @param watts beyond those of its rows
     */
    void step(StepLog log, double slowness, double watts, List<Rows> rows) {
        double prefill = 0;
        double decode = 0;
        for (Rows each : rows) {
            double kv = KV_TOKEN_SECONDS * each.kvTokens();
            prefill += each.prompt() > 0 ? PROMPT_ROW_SECONDS * each.prompt() + kv : 0;
            decode += each.decode() > 0 ? DECODE_ROW_SECONDS * each.decode() + kv : 0;
        }
        double ofPrefill = decode == 0 ? 1 : prefill == 0 ? 0 : 0.5;
        prefill = slowness * (prefill + ofPrefill * STEP_SECONDS);
        decode = slowness * (decode + (1 - ofPrefill) * STEP_SECONDS);
        begin(log, rows);
        finish(log, prefill, decode, watts);
    }

    void begin(StepLog log, List<Rows> rows) {
        log.begin(nanos);
        for (Rows each : rows) {
            if (each.prompt() > 0) {
                log.prompt(each.request(), each.prompt(), each.kvTokens());
            } else {
                log.decode(each.request(), each.decode(), each.kvTokens());
            }
        }
    }

    void finish(StepLog log, double prefillSeconds, double decodeSeconds, double extraWatts) {
        double prefill = (PREFILL_WATTS + extraWatts) * prefillSeconds;
        double decode = (DECODE_WATTS + extraWatts) * decodeSeconds;
        double seconds = prefillSeconds + decodeSeconds;
        prefillJoules += prefill;
        decodeJoules += decode;
        busySeconds += seconds;
        pass(seconds, (prefill + decode) / seconds);
        log.end(nanos);
    }

    /** Time passes and energy is spent, with a sample whenever it is due. */
    void pass(double seconds, double watts) {
        long end = nanos + Math.round(seconds * 1e9);
        while (nanos < end) {
            long next = Math.min(end, sampleNanos + SAMPLE_NANOS);
            joules += watts * (next - nanos) * 1e-9;
            nanos = next;
            if (nanos == sampleNanos + SAMPLE_NANOS) {
                sampleNanos = nanos;
                ledger.pass();
            }
        }
    }

    double prefillJoules() {
        return prefillJoules;
    }

    double decodeJoules() {
        return decodeJoules;
    }

    double idleJoules() {
        return idleJoules;
    }

    double marginalJoules() {
        return prefillJoules + decodeJoules - IDLE_WATTS * busySeconds;
    }

    double attributed() {
        EnergyTotals totals = ledger.totals();
        return totals.prefillJoules() + totals.decodeJoules() + totals.idleJoules();
    }

    static List<Rows> rows(Rows... rows) {
        return new ArrayList<>(List.of(rows));
    }
}
