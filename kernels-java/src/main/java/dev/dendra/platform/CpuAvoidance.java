// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Optional;

/**
 * Takes a thread off CPUs on which others are pinned, and off those that are not for it at all. The scheduler of Linux may leave two busy threads on one CPU for
 * seconds when one of them cannot be moved. The thread stays free to run on all that are for it, so threads that it starts are too.
 */
public final class CpuAvoidance {
    private final Libc libc;
    private final BitSet occupied;
    private final BitSet allowed;
    private final MemorySegment free;
    private final MemorySegment all;

    private CpuAvoidance(Libc libc, BitSet occupied, BitSet allowed) {
        this.libc = libc;
        this.occupied = occupied;
        this.allowed = allowed;
        BitSet others = (BitSet) allowed.clone();
        others.andNot(occupied);
        this.free = Libc.cpuMask(Arena.ofAuto(), others);
        this.all = Libc.cpuMask(Arena.ofAuto(), allowed);
    }

    /**
     * Avoids {@code occupied} and what is not in {@code allowed}; nothing where the platform has no way to, where no CPU
     * is left, or where there is nothing to avoid.
     *
     * @param occupied CPUs on which threads are pinned
     * @param allowed CPUs that are for the thread
     */
    public static Optional<CpuAvoidance> of(BitSet occupied, BitSet allowed) {
        BitSet others = (BitSet) allowed.clone();
        others.andNot(occupied);
        boolean free = occupied.isEmpty() && allowed.equals(ThreadAffinity.allowedCpus());
        return others.isEmpty() || free
                ? Optional.empty()
                : Libc.instance()
                        .map(libc -> new CpuAvoidance(libc, (BitSet) occupied.clone(), (BitSet) allowed.clone()));
    }

    /**
     * Moves the calling thread to another CPU if it is on one that is occupied or not for it; allocates nothing.
     *
     * @return whether it was moved
     */
    public boolean move() {
        int cpu = libc.currentCpu();
        if (cpu < 0
                || (allowed.get(cpu) && !occupied.get(cpu))
                || Thread.currentThread().isVirtual()) {
            return false;
        }
        boolean moved = libc.restrictCurrentThread(free);
        return moved && libc.restrictCurrentThread(all);
    }
}
