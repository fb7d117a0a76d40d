// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The memory nodes of this machine, each near some of its CPUs ({@code Documentation/ABI/stable/sysfs-devices-node}). Only
 * nodes with CPUs that this process may use are there.
 *
 * @param nodes in the order of their numbers; empty where the system tells of none
 */
public record NumaTopology(List<Node> nodes) {
    private static final String NODES = "/sys/devices/system/node";

    /**
     * A node.
     *
     * @param number as Linux counts
     * @param cpus near it that this process may use, at least one
     */
    public record Node(int number, BitSet cpus) {

        /** Copies the CPUs. */
        public Node {
            cpus = (BitSet) cpus.clone();
        }

        @Override
        public BitSet cpus() {
            return (BitSet) cpus.clone();
        }
    }

    /** Copies the nodes. */
    public NumaTopology {
        nodes = List.copyOf(nodes);
    }

    /** Of this machine and process. */
    public static NumaTopology detect() {
        return detect(Path.of("/"), ThreadAffinity.allowedCpus());
    }

    /** As {@link #detect()}, with {@code sys} below {@code root}, of a process that may use the CPUs {@code allowed}. */
    static NumaTopology detect(Path root, BitSet allowed) {
        SystemFiles files = new SystemFiles(root);
        List<Node> nodes = new ArrayList<>();
        BitSet online = files.text(NODES + "/online").map(CpuList::parse).orElse(new BitSet());
        for (int number = online.nextSetBit(0); number >= 0; number = online.nextSetBit(number + 1)) {
            BitSet cpus = files.text(NODES + "/node" + number + "/cpulist")
                    .map(CpuList::parse)
                    .orElse(new BitSet());
            cpus.and(allowed);
            // Memory without CPUs is a node too, as with CXL.
            if (!cpus.isEmpty()) {
                nodes.add(new Node(number, cpus));
            }
        }
        return new NumaTopology(nodes);
    }

    /** The node with {@code number}, if this process has CPUs there. */
    public Optional<Node> node(int number) {
        return nodes.stream().filter(node -> node.number() == number).findFirst();
    }
}
