// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A step allocates the events that it emits and, now and then, room for further tokens. */
class EngineAllocationTest extends SteppedEngineTest {
    /** A token's event and its link in the mailbox are 24 bytes each; token, block table and digests grow by doubling. */
    private static final int BYTES_PER_TOKEN = 48 + 16;

    private static final int SEQUENCES = 16;
    private static final int STEPS = 100;

    /** The compiler adds to some, when it gives code up: what a step needs is what the best of them took. */
    private static final int WINDOWS = 4;

    @Test
    void decodingAllocatesEventsOnly() throws Exception {
        assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean, "this JVM does not count allocations");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Engine engine = engine(new PagedHashModel(SEQUENCES * 16), OPTIONS);
        for (int i = 0; i < SEQUENCES; i++) {
            RequestTerms terms = Requests.terms("tenant " + i % 3, "", 0);
            engine.submit(Requests.of(prompt(new Random(i), 40), 450, terms));
        }
        long bytes = Long.MAX_VALUE;
        for (int window = 0; window < WINDOWS; window++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < STEPS; i++) {
                engine.runStep();
            }
            bytes = Math.min(bytes, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(
                bytes < (long) STEPS * SEQUENCES * BYTES_PER_TOKEN,
                bytes + " bytes for " + STEPS * SEQUENCES + " tokens");
    }
}
