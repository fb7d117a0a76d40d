// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Optional;

/**
 * Takes a thread off CPUs on which others are pinned. The scheduler of Linux may leave two busy threads on one CPU for
 * seconds when one of them cannot be moved. The thread stays free to run anywhere, so threads that it starts are too.
 */
public final class CpuAvoidance {
    private final Libc libc;
    private final BitSet occupied;
    private final MemorySegment free;
    private final MemorySegment all;

    private CpuAvoidance(Libc libc, BitSet occupied, BitSet allowed) {
        this.libc = libc;
        this.occupied = occupied;
        BitSet others = (BitSet) allowed.clone();
        others.andNot(occupied);
        this.free = Libc.cpuMask(Arena.ofAuto(), others);
        this.all = Libc.cpuMask(Arena.ofAuto(), allowed);
    }

    /**
     * Avoids {@code occupied}; nothing where the platform has no way to, or no other CPU is allowed.
     *
     * @param occupied CPUs on which threads are pinned
     */
    public static Optional<CpuAvoidance> of(BitSet occupied) {
        BitSet allowed = ThreadAffinity.allowedCpus();
        BitSet others = (BitSet) allowed.clone();
        others.andNot(occupied);
        return others.isEmpty() || occupied.isEmpty()
                ? Optional.empty()
                : Libc.instance().map(libc -> new CpuAvoidance(libc, (BitSet) occupied.clone(), allowed));
    }

    /**
     * Moves the calling thread to another CPU if it is on an occupied one; allocates nothing.
     *
     * @return whether it was moved
     */
    public boolean move() {
        int cpu = libc.currentCpu();
        if (cpu < 0 || !occupied.get(cpu) || Thread.currentThread().isVirtual()) {
            return false;
        }
        boolean moved = libc.restrictCurrentThread(free);
        return moved && libc.restrictCurrentThread(all);
    }
}
