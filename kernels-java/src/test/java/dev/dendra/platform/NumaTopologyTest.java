// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NumaTopologyTest {
    @TempDir
    private Path root;

    @BeforeEach
    void twoSocketsWithInterleavedNumbersAndMemoryOfItsOwn() throws IOException {
        new FakeMachine(root)
                .with("/sys/devices/system/node/online", "0-2\n")
                .with("/sys/devices/system/node/node0/cpulist", "0,2,4,6\n")
                .with("/sys/devices/system/node/node1/cpulist", "1,3,5,7\n")
                .with("/sys/devices/system/node/node2/cpulist", "\n");
    }

    @Test
    void nodesAreThoseWithCpusOfThisProcess() {
        NumaTopology all = NumaTopology.detect(root, cpus("0-7"));
        assertEquals(
                List.of(0, 1),
                all.nodes().stream().map(NumaTopology.Node::number).toList());
        assertEquals(cpus("1,3,5,7"), all.node(1).orElseThrow().cpus());
        assertTrue(all.node(2).isEmpty(), "memory alone computes nothing");
        NumaTopology some = NumaTopology.detect(root, cpus("3,5"));
        assertEquals(List.of(new NumaTopology.Node(1, cpus("3,5"))), some.nodes());
    }

    @Test
    void whereTheSystemTellsNothingThereAreNone(@TempDir Path empty) {
        NumaTopology none = NumaTopology.detect(empty, cpus("0-7"));
        assertEquals(List.of(), none.nodes());
        assertThrows(IllegalArgumentException.class, () -> ThreadPlacement.across(none, 2));
    }

    @Test
    void thisMachineHasItsCpusInItsNodes() {
        for (NumaTopology.Node node : NumaTopology.detect().nodes()) {
            BitSet outside = node.cpus();
            outside.andNot(ThreadAffinity.allowedCpus());
            assertTrue(outside.isEmpty(), node.toString());
        }
    }

    @Test
    void threadsOfOneNodeStayThere() {
        NumaTopology.Node node = NumaTopology.detect(root, cpus("0-7")).node(1).orElseThrow();
        ThreadPlacement placement = ThreadPlacement.on(node, 3);
        assertEquals(List.of(1, 3, 5), placement.cpus());
        assertEquals(cpus("1,3,5,7"), placement.callerCpus());
        assertEquals(List.of(), ThreadPlacement.on(node, 5).cpus(), "there are four CPUs");
    }

    @Test
    void threadsAcrossNodesAreNextToThoseOfTheirNode() {
        NumaTopology topology = NumaTopology.detect(root, cpus("0-7"));
        ThreadPlacement placement = ThreadPlacement.across(topology, 6);
        assertEquals(List.of(0, 2, 4, 1, 3, 5), placement.cpus());
        assertEquals(cpus("0,2,4,6"), placement.callerCpus());
        assertEquals(5, ThreadPlacement.across(topology, 5).cpus().size());
        assertEquals(List.of(), ThreadPlacement.across(topology, 9).cpus());
    }

    @Test
    void placementsAreNotChangedFromOutside() {
        BitSet cpus = cpus("0-1");
        ThreadPlacement placement = new ThreadPlacement(List.of(0), cpus);
        cpus.clear();
        placement.callerCpus().clear();
        assertFalse(placement.callerCpus().isEmpty());
        BitSet near = cpus("0-1");
        NumaTopology.Node node = new NumaTopology.Node(0, near);
        near.clear();
        node.cpus().clear();
        assertEquals(cpus("0-1"), node.cpus());
    }

    private static BitSet cpus(String list) {
        return CpuList.parse(list);
    }
}
