// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThreadAffinityTest {

    @Test
    void cpuListsAreParsed() {
        assertEquals("{0, 1, 2, 3, 8, 10, 11}", CpuList.parse("0-3,8,10-11").toString());
        assertEquals("{5}", CpuList.parse("5\n").toString());
    }

    @Test
    void brokenCpuListsAreEmpty() {
        for (String text : new String[] {"", "a", "3-1", "-1", "1,,2", "0-99999999"}) {
            assertTrue(CpuList.parse(text).isEmpty(), text);
        }
    }

    @Test
    void allowedCpusCanComeFromTheStatusFile(@TempDir Path directory) throws IOException {
        FakeMachine machine = new FakeMachine(directory);
        assertTrue(ThreadAffinity.allowedCpus(machine.files()).isEmpty());

        machine.with("/proc/self/status", "Cpus_allowed:\t6\nCpus_allowed_list:\t1-2\n");
        assertEquals("{1, 2}", ThreadAffinity.allowedCpus(machine.files()).toString());
    }

    @Test
    void someCpuIsAllowedAndAvailable() {
        assertFalse(ThreadAffinity.allowedCpus().isEmpty());
        assertTrue(ThreadAffinity.availableCpus() >= 1);
        assertTrue(ThreadAffinity.availableCpus() <= Runtime.getRuntime().availableProcessors());
    }

    @Test
    void aPinnedThreadRunsOnItsCpuOnlyAndOthersStayFree() throws Exception {
        assumeTrue(Libc.instance().isPresent(), "thread pinning: " + Libc.absenceReason());
        BitSet allowed = ThreadAffinity.allowedCpus();
        int cpu = allowed.length() - 1;
        BitSet seen = new BitSet();

        Outcome outcome = onOwnThread(() -> {
            Outcome pinned = ThreadAffinity.pin(cpu);
            Libc.instance().orElseThrow().affinity(0, seen);
            return pinned;
        });

        assumeTrue(outcome.succeeded(), outcome.detail());
        BitSet expected = new BitSet();
        expected.set(cpu);
        assertEquals(expected, seen);
        assertEquals(allowed, ThreadAffinity.allowedCpus());
    }

    @Test
    void aCpuThatIsNotAllowedIsRefusedWithAReason() throws Exception {
        Outcome outcome = onOwnThread(
                () -> ThreadAffinity.pin(ThreadAffinity.allowedCpus().length()));

        assertFalse(outcome.succeeded());
        assertFalse(outcome.detail().isEmpty());
    }

    @Test
    void virtualThreadsAreNotPinned() throws Exception {
        FutureTask<Outcome> task = new FutureTask<>(() -> ThreadAffinity.pin(0));
        Thread.ofVirtual().start(task).join();

        assertFalse(task.get().succeeded());
    }

    @Test
    void negativeCpusAreAMistake() {
        assertThrows(IllegalArgumentException.class, () -> ThreadAffinity.pin(-1));
    }

    @Test
    void aThreadLeavesAnOccupiedCpuAndStaysFree() throws Exception {
        assumeTrue(Libc.instance().isPresent(), "thread pinning: " + Libc.absenceReason());
        BitSet allowed = ThreadAffinity.allowedCpus();
        assumeTrue(allowed.cardinality() > 1, "there is one CPU only");
        int cpu = allowed.length() - 1;
        BitSet occupied = new BitSet();
        occupied.set(cpu);
        CpuAvoidance avoidance = CpuAvoidance.of(occupied, allowed).orElseThrow();
        BitSet seen = new BitSet();

        Outcome outcome = onOwnThread(() -> {
            Outcome pinned = ThreadAffinity.pin(cpu);
            boolean moved = avoidance.move();
            Libc.instance().orElseThrow().affinity(0, seen);
            return pinned.succeeded() ? Outcome.success("moved: " + moved) : pinned;
        });

        assumeTrue(outcome.succeeded(), outcome.detail());
        assertEquals("moved: true", outcome.detail());
        assertEquals(allowed, seen);
    }

    @Test
    void whereEveryCpuIsOccupiedNoneIsAvoided() {
        BitSet allowed = ThreadAffinity.allowedCpus();
        assertTrue(CpuAvoidance.of(allowed, allowed).isEmpty());
        assertTrue(CpuAvoidance.of(new BitSet(), allowed).isEmpty());
    }

    @Test
    void aThreadLeavesCpusThatAreNotForIt() throws Exception {
        assumeTrue(Libc.instance().isPresent(), "thread pinning: " + Libc.absenceReason());
        BitSet allowed = ThreadAffinity.allowedCpus();
        assumeTrue(allowed.cardinality() > 1, "there is one CPU only");
        BitSet own = new BitSet();
        own.set(allowed.nextSetBit(0));
        CpuAvoidance avoidance = CpuAvoidance.of(new BitSet(), own).orElseThrow();
        BitSet seen = new BitSet();

        Outcome outcome = onOwnThread(() -> {
            Outcome pinned = ThreadAffinity.pin(allowed.length() - 1);
            boolean moved = avoidance.move();
            Libc.instance().orElseThrow().affinity(0, seen);
            return pinned.succeeded() ? Outcome.success("moved: " + moved + ", " + avoidance.move()) : pinned;
        });

        assumeTrue(outcome.succeeded(), outcome.detail());
        assertEquals("moved: true, false", outcome.detail());
        assertEquals(own, seen);
    }

    private static Outcome onOwnThread(Supplier<Outcome> action) throws Exception {
        FutureTask<Outcome> task = new FutureTask<>(action::get);
        Thread.ofPlatform().start(task).join();
        return task.get();
    }
}
