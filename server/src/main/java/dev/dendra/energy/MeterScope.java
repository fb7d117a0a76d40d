// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.util.BitSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whose energy a meter counts.
 *
 * @param wholeHost whether it is that of the host, else of some of its sockets
 * @param shared whether others may well run on what is measured. Not so only where this process is kept to some of the
 *     host's CPUs and these are all CPUs of whole sockets, as control groups and affinities do it; that nobody else is let
 *     in there the kernel does not tell
 * @param sockets the sockets, empty for all
 */
public record MeterScope(boolean wholeHost, boolean shared, Set<Integer> sockets) {

    /** Of everything that there is. */
    static final MeterScope HOST = new MeterScope(true, true, Set.of());

    public MeterScope {
        sockets = Set.copyOf(sockets);
    }

    /**
     * The sockets that a process may run on; the host where that is all of them or is not known.
     *
     * @param socketOfCpu socket of each CPU that is online
     * @param allowed CPUs that the process may run on
     */
    static MeterScope of(Map<Integer, Integer> socketOfCpu, BitSet allowed) {
        Set<Integer> used = new TreeSet<>();
        boolean coversThem = true;
        socketOfCpu.forEach((cpu, socket) -> {
            if (allowed.get(cpu)) {
                used.add(socket);
            }
        });
        for (Map.Entry<Integer, Integer> cpu : socketOfCpu.entrySet()) {
            coversThem &= !used.contains(cpu.getValue()) || allowed.get(cpu.getKey());
        }
        if (used.isEmpty() || used.containsAll(socketOfCpu.values())) {
            return HOST;
        }
        return new MeterScope(false, !coversThem, used);
    }

    /** {@code host} or {@code socket}. */
    public String id() {
        return wholeHost ? "host" : "socket";
    }

    /** Whether a socket is a part of it. */
    boolean covers(int socket) {
        return wholeHost || sockets.contains(socket);
    }
}
