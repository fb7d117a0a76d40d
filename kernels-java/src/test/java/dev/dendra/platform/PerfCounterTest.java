// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Counters of the one unit that every Linux has, machines without energy counters too. */
class PerfCounterTest {
    private static final int SOFTWARE = 1;
    private static final long CPU_CLOCK = 0;
    private static final int NO_UNIT = 0x7fff;

    @BeforeEach
    void requireLinux() {
        assumeTrue(Libc.instance().isPresent(), Libc.absenceReason());
    }

    @Test
    void countsOn() throws IOException {
        try (PerfCounter counter = PerfCounter.open(SOFTWARE, CPU_CLOCK, firstCpu())) {
            long first = counter.read();
            long start = System.nanoTime();
            while (System.nanoTime() - start < 2_000_000) {
                Thread.onSpinWait();
            }
            long second = counter.read();
            assertTrue(second - first >= 1_000_000, first + " then " + second);
        } catch (AccessDeniedException denied) {
            abort("this process may not count for others: " + denied.getMessage());
        }
    }

    @Test
    void aUnitThatIsNotThereIsNamed() {
        IOException failure = assertThrows(IOException.class, () -> PerfCounter.open(NO_UNIT, 0, firstCpu()));
        if (failure instanceof AccessDeniedException) {
            abort("this process may not count for others: " + failure.getMessage());
        }
        assertTrue(failure instanceof NoSuchFileException, failure.toString());
        assertTrue(String.valueOf(failure.getMessage()).contains("unit " + NO_UNIT), failure.toString());
    }

    @Test
    void aClosedCounterCannotBeRead() throws IOException {
        PerfCounter counter;
        try {
            counter = PerfCounter.open(SOFTWARE, CPU_CLOCK, firstCpu());
        } catch (AccessDeniedException denied) {
            abort("this process may not count for others: " + denied.getMessage());
            return;
        }
        counter.close();
        assertThrows(IOException.class, counter::read);
    }

    private static int firstCpu() {
        return ThreadAffinity.allowedCpus().nextSetBit(0);
    }
}
