// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Which CPUs the threads of a pool run on. Memory that nobody has touched yet comes from the node of the thread that touches
 * it first, so where threads run says where weights and keys and values lie.
 *
 * @param cpus one for each thread, the first for the caller, who may run on others of {@code callerCpus}; empty where
 *     threads are not pinned
 * @param callerCpus on which the caller may run
 */
public record ThreadPlacement(List<Integer> cpus, BitSet callerCpus) {

    /** Copies both. */
    public ThreadPlacement {
        cpus = List.copyOf(cpus);
        callerCpus = (BitSet) callerCpus.clone();
    }

    @Override
    public BitSet callerCpus() {
        return (BitSet) callerCpus.clone();
    }

    /**
     * {@code threads} threads on the CPUs that this process may use, in their order; not pinned if there are fewer of these.
     */
    public static ThreadPlacement anywhere(int threads) {
        return within(ThreadAffinity.allowedCpus(), threads);
    }

    /** {@code threads} threads near one memory node, which the caller does not leave; not pinned if it has fewer CPUs. */
    public static ThreadPlacement on(NumaTopology.Node node, int threads) {
        return within(node.cpus(), threads);
    }

    /**
     * {@code threads} threads over all nodes, as many on each, those of a node next to each other; the caller is near the
     * first node. Not pinned if a node has too few CPUs.
     *
     * @throws IllegalArgumentException unless there is a node
     */
    public static ThreadPlacement across(NumaTopology topology, int threads) {
        List<NumaTopology.Node> nodes = topology.nodes();
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("the system tells of no memory nodes");
        }
        List<Integer> cpus = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            int share = threads * (i + 1) / nodes.size() - threads * i / nodes.size();
            List<Integer> own = first(nodes.get(i).cpus(), share);
            if (own.size() < share) {
                return new ThreadPlacement(List.of(), ThreadAffinity.allowedCpus());
            }
            cpus.addAll(own);
        }
        return new ThreadPlacement(cpus, nodes.getFirst().cpus());
    }

    private static ThreadPlacement within(BitSet allowed, int threads) {
        List<Integer> cpus = first(allowed, threads);
        return new ThreadPlacement(cpus.size() < threads ? List.of() : cpus, allowed);
    }

    private static List<Integer> first(BitSet cpus, int count) {
        return cpus.stream().limit(count).boxed().toList();
    }
}
