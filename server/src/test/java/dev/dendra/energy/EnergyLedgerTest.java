// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import static dev.dendra.energy.SyntheticMachine.rows;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.energy.SyntheticMachine.Rows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What joules are said to have been spent on, on a machine of which that is known. */
class EnergyLedgerTest {
    private static final int SEQUENCES = 16;

    private final SyntheticMachine machine = new SyntheticMachine();
    private final EnergyLedger ledger = machine.ledger();
    private final StepLog log = ledger.newLog(SEQUENCES);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyJouleIsGivenOutOnceAndToThoseWhoCausedIt(long seed) throws Exception {
        Random random = new Random(seed);
        List<RequestEnergy> requests = new ArrayList<>();
        machine.idle(3);
        double before = 0;
        for (int i = 0; i < 3000; i++) {
            machine.step(log, 0.95 + 0.1 * random.nextDouble(), 0, randomRows(random, requests));
            if (random.nextInt(50) == 0) {
                machine.idle(random.nextDouble());
            }
            assertTrue(machine.attributed() >= before - 1e-9, "a counter went back");
            before = machine.attributed();
        }
        machine.idle(1);
        EnergyTotals totals = ledger.totals();
        double measured = machine.meter().attributedJoules();
        assertEquals(measured, machine.attributed(), 0.01 * measured);
        assertEquals(machine.prefillJoules(), totals.prefillJoules(), 0.03 * machine.prefillJoules());
        assertEquals(machine.decodeJoules(), totals.decodeJoules(), 0.03 * machine.decodeJoules());
        assertEquals(machine.idleJoules(), totals.idleJoules(), 0.01 * machine.idleJoules());
        assertEquals(machine.marginalJoules(), totals.marginalJoules(), 0.03 * machine.marginalJoules());
        assertEquals(SyntheticMachine.IDLE_WATTS, ledger.idleWatts(), 0.1);
        assertTrue(ledger.residualRatio() < 0.03, "residual " + ledger.residualRatio());
        double gross = 0;
        double marginal = 0;
        for (RequestEnergy request : requests) {
            EnergyUse use = request.await(Duration.ZERO).orElseThrow();
            gross += use.grossJoules();
            marginal += use.marginalJoules().orElseThrow();
        }
        assertEquals(totals.prefillJoules() + totals.decodeJoules(), gross, 1e-6 * gross);
        assertEquals(totals.marginalJoules(), marginal, 1e-6 * marginal);
    }

    /** Decoding sequences, prompts, or both; each step is for requests of its own. */
    private List<Rows> randomRows(Random random, List<RequestEnergy> requests) {
        List<Rows> rows = new ArrayList<>();
        int kind = random.nextInt(3);
        int decoding = kind == 0 ? 0 : 1 + random.nextInt(SEQUENCES - 2);
        for (int i = 0; i < decoding; i++) {
            rows.add(new Rows(open(requests), 0, 1, 1 + random.nextInt(4000)));
        }
        if (kind != 1) {
            int prompt = 1 + random.nextInt(256);
            rows.add(new Rows(open(requests), prompt, 0, prompt + random.nextInt(2000)));
        }
        return rows;
    }

    private RequestEnergy open() {
        return requireNonNull(log.open());
    }

    private RequestEnergy open(List<RequestEnergy> requests) {
        RequestEnergy request = open();
        requests.add(request);
        return request;
    }

    @Test
    void whatTheModelDoesNotExplainIsExported() {
        Random random = new Random(5);
        machine.idle(3);
        for (int i = 0; i < 500; i++) {
            double extra = random.nextBoolean() ? 300 : 0;
            machine.step(log, 5, extra, rows(new Rows(null, 0, 1 + random.nextInt(8), 100)));
        }
        machine.idle(1);
        assertTrue(ledger.residualRatio() > 0.1, "residual " + ledger.residualRatio());
        assertEquals(machine.meter().attributedJoules(), machine.attributed(), 1e-6);
    }

    @Test
    void promptsAloneCostNoDecoding() {
        machine.idle(2.05);
        for (int i = 0; i < 50; i++) {
            machine.step(log, 1, 0, rows(new Rows(null, 64, 0, 64)));
        }
        machine.idle(1);
        assertEquals(0, ledger.totals().decodeJoules());
        assertEquals(machine.prefillJoules(), ledger.totals().prefillJoules(), 0.01 * machine.prefillJoules());
    }

    @Test
    void aStepIsAccountedForWhenItHasEnded() throws Exception {
        machine.idle(2);
        RequestEnergy request = open();
        List<Rows> rows = rows(new Rows(request, 256, 0, 256));
        machine.begin(log, rows);
        machine.pass(0.95, 150);
        assertEquals(0, ledger.totals().prefillJoules());
        assertEquals(Optional.empty(), request.await(Duration.ZERO));
        machine.finish(log, 0.05, 0, -110);
        machine.idle(0.5);
        double spent = 0.95 * 150 + machine.prefillJoules();
        EnergyUse use = request.await(Duration.ZERO).orElseThrow();
        assertEquals(spent, use.prefillJoules(), 0.01 * spent);
        assertEquals(0, use.decodeJoules());
        assertEquals(spent - 80, use.marginalJoules().orElseThrow(), 0.01 * spent);
    }

    @Test
    void withoutAnIdleTimeNothingIsSaidOfMarginalEnergy() throws Exception {
        RequestEnergy request = open();
        machine.begin(log, rows(new Rows(request, 0, 1, 10)));
        machine.finish(log, 0, 1.3, 0);
        machine.idle(0.1);
        assertTrue(Double.isNaN(ledger.idleWatts()));
        assertTrue(request.await(Duration.ZERO).orElseThrow().marginalJoules().isEmpty());
        assertEquals(0, ledger.totals().marginalJoules());
    }

    @Test
    void aRequestInWhoseTimeTheMeterFailedHasNoFigure() throws Exception {
        machine.idle(2);
        RequestEnergy request = open();
        machine.breakMeter(true);
        machine.step(log, 100, 0, rows(new Rows(request, 0, 1, 10)));
        machine.breakMeter(false);
        machine.idle(1);
        assertEquals(Optional.empty(), request.await(Duration.ZERO));
        RequestEnergy later = open();
        machine.step(log, 100, 0, rows(new Rows(later, 0, 1, 10)));
        machine.idle(0.2);
        assertTrue(later.await(Duration.ZERO).isPresent());
        assertEquals(machine.meter().attributedJoules(), machine.attributed(), 1e-6);
    }

    @Test
    void stepsBeyondWhatTheLogHoldsAreCountedButAreNobodys() throws Exception {
        machine.idle(2);
        List<RequestEnergy> requests = new ArrayList<>();
        for (int i = 0; i < StepRing.STEPS + 100; i++) {
            requests.add(open());
            Rows rows = i < StepRing.STEPS ? new Rows(requests.get(i), 0, 1, 10) : new Rows(requests.get(i), 8, 0, 10);
            // Too short to be sampled in between.
            machine.step(log, 1e-4, 1e5, rows(rows));
        }
        machine.idle(0.1);
        // As an idle engine does.
        log.end(machine.nanos());
        machine.idle(0.2);
        double spent = machine.prefillJoules() + machine.decodeJoules();
        EnergyTotals totals = ledger.totals();
        assertEquals(spent, totals.prefillJoules() + totals.decodeJoules(), 0.01 * spent);
        // As one they are a mixed step, whose weights are read for both alike.
        assertEquals(machine.prefillJoules(), totals.prefillJoules(), 0.6 * machine.prefillJoules());
        assertTrue(requests.getFirst().await(Duration.ZERO).isPresent());
        assertEquals(Optional.empty(), requests.get(StepRing.STEPS + 50).await(Duration.ZERO));
        assertEquals(machine.meter().attributedJoules(), machine.attributed(), 1e-6);
    }

    @Test
    void enginesThatTakeTurnsShareTheirTime() {
        StepLog other = ledger.newLog(SEQUENCES);
        machine.idle(2);
        for (int i = 0; i < 200; i++) {
            // Both wait for each other within their steps.
            log.begin(machine.nanos());
            log.decode(null, 4, 100);
            other.begin(machine.nanos());
            other.prompt(null, 64, 64);
            machine.pass(0.03, 200);
            log.end(machine.nanos());
            other.end(machine.nanos());
            machine.idle(0.02);
        }
        machine.idle(1);
        EnergyTotals totals = ledger.totals();
        assertEquals(200 * 0.03, totals.busySeconds(), 0.05);
        assertEquals(machine.meter().attributedJoules(), machine.attributed(), 1e-6);
        assertEquals(0.5, totals.prefillJoules() / (totals.prefillJoules() + totals.decodeJoules()), 0.05);
    }

    @Test
    void whereNothingIsMeasuredRequestsHaveNoEnergy() {
        assertNull(new EnergyLedger(EnergyMeter.none(), machine::nanos)
                .newLog(SEQUENCES)
                .open());
    }

    @Test
    void aStepThatBrokeDoesNotHoldTheRestUp() {
        machine.idle(2);
        log.begin(machine.nanos());
        log.decode(null, 1, 10);
        machine.pass(0.2, 150);
        machine.step(log, 40, 0, rows(new Rows(null, 0, 1, 10)));
        machine.idle(0.2);
        assertEquals(30 + machine.decodeJoules(), ledger.totals().decodeJoules(), 0.5);
    }
}
