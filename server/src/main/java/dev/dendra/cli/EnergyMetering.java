// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.energy.EnergyDomain;
import dev.dendra.energy.EnergyLedger;
import dev.dendra.energy.EnergyMeter;
import dev.dendra.energy.EnergySampler;
import dev.dendra.energy.EnergyTotals;
import dev.dendra.energy.MeterChoice;
import dev.dendra.energy.ReadErrors;
import dev.dendra.energy.StepLog;
import dev.dendra.metrics.MetricNames;
import dev.dendra.metrics.ServerMetrics;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** The energy of a server: measured, if there is a meter; estimated, if somebody has said by what; or neither. */
final class EnergyMetering {
    /** The only way of estimating: so many watts while a step runs, none otherwise. */
    private static final String CONSTANT_WATTS = "constant_watts_while_computing";

    private final MeterChoice choice;
    private final OptionalDouble estimateWatts;
    private final EnergyLedger ledger;
    private @Nullable EnergySampler sampler;

    /**
     * With the meter that was found.
     *
     * @param estimateWatts power of the machine while it computes, by somebody's word
     */
    EnergyMetering(MeterChoice choice, OptionalDouble estimateWatts) {
        this.choice = choice;
        this.estimateWatts = estimateWatts;
        this.ledger = EnergyLedger.of(choice.meter());
    }

    /** Where a further engine notes its steps of up to {@code sequences}. Before {@link #start}. */
    StepLog newLog(int sequences) {
        return counts() ? ledger.newLog(sequences) : StepLog.none();
    }

    /** Begins to count, and shows it. */
    void start(ServerMetrics metrics) {
        metrics.info(MetricNames.ENERGY_METER_INFO, info());
        if (choice.meter().measures()) {
            showMeter(metrics);
            showAttribution(metrics);
        }
        estimateWatts.ifPresent(watts -> metrics.counter(
                MetricNames.ENERGY_ESTIMATED,
                Map.of(MetricNames.MODEL, CONSTANT_WATTS),
                () -> watts * ledger.totals().busySeconds()));
        if (counts()) {
            sampler = EnergySampler.start(ledger);
        }
    }

    /** Counts no more. */
    void stop() {
        if (sampler != null) {
            sampler.close();
        }
    }

    /** For people: what is measured, or why nothing is. */
    String describe() {
        String estimate = estimateWatts.isPresent()
                ? "; estimated beside it with " + estimateWatts.getAsDouble() + " W while computing"
                : "";
        return choice.describe() + estimate;
    }

    private boolean counts() {
        return choice.meter().measures() || estimateWatts.isPresent();
    }

    private Map<String, String> info() {
        EnergyMeter meter = choice.meter();
        boolean measures = meter.measures();
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("source", meter.source().id());
        labels.put("domains", meter.domains());
        labels.put("scope", measures ? meter.scope().id() : "");
        labels.put("shared", measures ? Boolean.toString(meter.scope().shared()) : "");
        labels.put(MetricNames.REASON, choice.reason());
        return labels;
    }

    private void showMeter(ServerMetrics metrics) {
        EnergyMeter meter = choice.meter();
        for (EnergyDomain domain : meter.counted()) {
            switch (domain.kind()) {
                case PACKAGE ->
                    metrics.counter(
                            MetricNames.ENERGY_PACKAGE,
                            Map.of(MetricNames.PACKAGE, Integer.toString(domain.socket())),
                            () -> meter.joules(domain));
                case DRAM ->
                    metrics.counter(
                            MetricNames.ENERGY_DRAM,
                            Map.of(MetricNames.PACKAGE, Integer.toString(domain.socket())),
                            () -> meter.joules(domain));
                case PLATFORM ->
                    metrics.counter(
                            MetricNames.ENERGY_PLATFORM,
                            Map.of(MetricNames.SOURCE, domain.meter()),
                            () -> meter.joules(domain));
            }
        }
        for (ReadErrors.Reason reason : ReadErrors.Reason.values()) {
            metrics.counter(
                    MetricNames.ENERGY_READ_ERRORS,
                    Map.of(MetricNames.REASON, reason.id()),
                    () -> meter.errors().count(reason));
        }
    }

    private void showAttribution(ServerMetrics metrics) {
        EnergyTotals totals = ledger.totals();
        metrics.counter(MetricNames.ENERGY_ATTRIBUTED, Map.of(MetricNames.PHASE, "prefill"), totals::prefillJoules);
        metrics.counter(MetricNames.ENERGY_ATTRIBUTED, Map.of(MetricNames.PHASE, "decode"), totals::decodeJoules);
        metrics.counter(MetricNames.ENERGY_ATTRIBUTED, Map.of(MetricNames.PHASE, "idle"), totals::idleJoules);
        metrics.counter(
                MetricNames.ENERGY_REQUESTS,
                Map.of(MetricNames.BASIS, "gross"),
                () -> totals.prefillJoules() + totals.decodeJoules());
        metrics.counter(MetricNames.ENERGY_REQUESTS, Map.of(MetricNames.BASIS, "marginal"), totals::marginalJoules);
        metrics.gauge(MetricNames.ENERGY_RESIDUAL, ledger::residualRatio);
        metrics.gauge(MetricNames.ENERGY_IDLE, ledger::idleWatts);
    }
}
