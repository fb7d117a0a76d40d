// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class StageProgressDisplayTest {
    private static final long SECOND = 1_000_000_000;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private long now;

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aLogGetsALineForEveryTenthWithTheTimeThatIsLeft() {
        StageProgressDisplay display = new StageProgressDisplay(out, false, () -> now);
        display.started("Pruning", 40);
        for (int done = 1; done <= 40; done++) {
            now += 10 * SECOND;
            display.advanced(done);
        }
        display.finished();
        List<String> lines = shown().lines().toList();
        assertEquals(11, lines.size(), shown());
        assertEquals("Pruning", lines.get(0));
        assertEquals("Pruning: 10 %, 6 min left", lines.get(1));
        assertEquals("Pruning: 80 %, 80 s left", lines.get(8));
        assertEquals("Pruning: 100 %", lines.get(10));
    }

    @Test
    void aTerminalGetsOneLineThatIsDrawnAgain() {
        StageProgressDisplay display = new StageProgressDisplay(out, true, () -> now);
        display.started("Pruning", 2);
        now += 30 * SECOND;
        display.advanced(1);
        display.advanced(1);
        display.finished();
        assertTrue(shown().contains("\rPruning [###############               ]  50 %, 30 s left"), shown());
        assertEquals(2, shown().chars().filter(each -> each == '\r').count(), "at the start and once more");
    }
}
