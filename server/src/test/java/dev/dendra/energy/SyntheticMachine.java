// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A machine whose costs are known: time passes and energy is spent as a test says, and a ledger watches. */
final class SyntheticMachine {
    static final double IDLE_WATTS = 80;
    static final double STEP_JOULES = 4;
    static final double PROMPT_ROW_JOULES = 0.02;
    static final double DECODE_ROW_JOULES = 0.11;
    static final double KV_TOKEN_JOULES = 2e-5;

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

    /** A step of {@code rows} that takes {@code seconds} and, on top of what its rows cost, {@code extraJoules}. */
    void step(StepLog log, double seconds, double extraJoules, List<Rows> rows) {
        begin(log, rows);
        finish(log, seconds, extraJoules, rows);
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

    void finish(StepLog log, double seconds, double extraJoules, List<Rows> rows) {
        double prefill = 0;
        double decode = 0;
        for (Rows each : rows) {
            prefill += each.prompt() > 0 ? each.prompt() * PROMPT_ROW_JOULES + each.kvTokens() * KV_TOKEN_JOULES : 0;
            decode += each.prompt() > 0 ? 0 : each.decode() * DECODE_ROW_JOULES + each.kvTokens() * KV_TOKEN_JOULES;
        }
        double fixed = STEP_JOULES + extraJoules;
        double ofPrefill = decode == 0 ? 1 : prefill == 0 ? 0 : 0.5;
        prefillJoules += prefill + ofPrefill * fixed;
        decodeJoules += decode + (1 - ofPrefill) * fixed;
        busySeconds += seconds;
        pass(seconds, (fixed + prefill + decode) / seconds);
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
