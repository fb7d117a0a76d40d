// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.platform.NumaTopology;
import dev.dendra.platform.ThreadPlacement;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class NumaChoiceTest {
    private static final NumaTopology ONE = new NumaTopology(List.of(node(0, 0, 4)));
    private static final NumaTopology TWO = new NumaTopology(List.of(node(0, 0, 4), node(2, 4, 8)));
    private static final NumaTopology UNTOLD = new NumaTopology(List.of());

    @Test
    void aNodeIsChosenByItsNumber() throws CommandFailure {
        assertEquals(List.of(4, 5), choice("2").placement(TWO, 2).cpus());
        assertEquals(List.of(0, 4), choice("spread").placement(TWO, 2).cpus());
        assertEquals(ThreadPlacement.anywhere(1), choice("off").placement(TWO, 1));
    }

    @Test
    void whatIsNotThereIsNamed() {
        assertMessage("the nodes with CPUs of this process are 0, 2", choice("1"), TWO, 2);
        assertMessage("tells of no memory nodes", choice("0"), UNTOLD, 2);
        assertMessage("tells of no memory nodes", choice("spread"), UNTOLD, 2);
        assertMessage("fewer CPUs than its part of --threads 5", choice("0"), TWO, 5);
        assertMessage("fewer CPUs than its part of --threads 9", choice("spread"), TWO, 9);
    }

    @Test
    void onOneNodeTheChoiceSaysThatItChangesNothing() throws CommandFailure {
        assertTrue(choice("0").emptiness(ONE).orElseThrow().contains("one memory node only (0)"));
        assertTrue(choice("spread").emptiness(ONE).isPresent());
        assertEquals(List.of(0, 1), choice("spread").placement(ONE, 2).cpus());
        assertEquals(Optional.empty(), choice("off").emptiness(ONE));
        assertEquals(Optional.empty(), choice("spread").emptiness(TWO));
    }

    @Test
    void aNodeHasNoMoreThreadsThanItsCpus() {
        NumaTopology small = new NumaTopology(List.of(node(0, 0, 1), node(1, 1, 2)));
        assertEquals(1, choice("1").defaultThreads(small));
        assertEquals(ComputeArguments.defaultThreads(), choice("spread").defaultThreads(small));
    }

    @Test
    void aNodeHasAThreadForEachOfItsCores() {
        assertEquals(32, NumaChoice.coresNear(64, 64, 128, 64), "two hardware threads are one core");
        assertEquals(64, NumaChoice.coresNear(64, 128, 128, 128), "one is one");
        assertEquals(6, NumaChoice.coresNear(64, 64, 128, 6), "a quota is below the node's cores");
        assertEquals(1, NumaChoice.coresNear(1, 64, 128, 64), "half a core is one");
        // Of a machine that tells more cores than CPUs: no more threads than CPUs.
        assertEquals(3, NumaChoice.coresNear(3, 64, 32, 64));
    }

    @Test
    void nodesAreDescribed() {
        assertEquals("0 (CPUs of this process: 4), 2 (CPUs of this process: 4)", NumaChoice.describe(TWO));
        assertEquals("not told", NumaChoice.describe(UNTOLD));
    }

    @Test
    void nodesAreAsManyAsLinuxCanHave() {
        assertEquals(OptionalInt.of(1023), choice("1023").node());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "on", "-1", "1024", "0,1", "99999999999"})
    void otherWordsAreRefused(String text) {
        assertThrows(TypeConversionException.class, () -> choice(text));
    }

    private static void assertMessage(String part, NumaChoice choice, NumaTopology topology, int threads) {
        String message = String.valueOf(assertThrows(CommandFailure.class, () -> choice.placement(topology, threads))
                .getMessage());
        assertTrue(message.contains(part), message);
    }

    private static NumaChoice choice(String text) {
        return new NumaChoice.Converter().convert(text);
    }

    private static NumaTopology.Node node(int number, int from, int to) {
        BitSet cpus = new BitSet();
        cpus.set(from, to);
        return new NumaTopology.Node(number, cpus);
    }
}
