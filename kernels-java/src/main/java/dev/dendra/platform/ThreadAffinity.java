// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;

/** Which CPUs this process may use, and pinning of threads to them. */
public final class ThreadAffinity {

    private ThreadAffinity() {}

    /**
     * Keeps the calling platform thread on one CPU. A failure changes nothing and is safe to ignore: the thread then runs
     * where the scheduler puts it.
     *
     * @param cpu a CPU number as in {@link #allowedCpus()}
     * @throws IllegalArgumentException if {@code cpu} is negative
     */
    public static Outcome pin(int cpu) {
        if (cpu < 0) {
            throw new IllegalArgumentException("cpu must not be negative, got " + cpu);
        }
        if (Thread.currentThread().isVirtual()) {
            return Outcome.failure("a virtual thread has no CPU of its own");
        }
        Optional<Libc> libc = Libc.instance();
        if (libc.isEmpty()) {
            return Outcome.failure("thread pinning: " + Libc.absenceReason());
        }
        if (!allowedCpus().get(cpu)) {
            return Outcome.failure("CPU " + cpu + " is not among the allowed CPUs " + allowedCpus());
        }
        BitSet mask = new BitSet();
        mask.set(cpu);
        int refusal = libc.get().restrictCurrentThread(mask);
        return refusal < 0
                ? Outcome.failure("sched_setaffinity to CPU " + cpu + ": " + Libc.describe(refusal))
                : Outcome.success("pinned to CPU " + cpu);
    }

    /** The CPUs this process may run on, whether or not the calling thread is pinned; never empty. */
    public static BitSet allowedCpus() {
        BitSet cpus = new BitSet();
        // The process id names the initial thread, which nobody pins: the JVM runs main on another one.
        int pid = (int) ProcessHandle.current().pid();
        Libc.instance().ifPresent(libc -> libc.affinity(pid, cpus));
        if (cpus.isEmpty()) {
            cpus.or(allowedCpus(SystemFiles.ofThisMachine()));
        }
        if (cpus.isEmpty()) {
            cpus.set(0, Runtime.getRuntime().availableProcessors());
        }
        return cpus;
    }

    /**
     * How many CPUs' worth of time this process may use: the allowed CPUs, limited by the quota of its control group and
     * by the JVM's own {@code -XX:ActiveProcessorCount}. At least 1.
     */
    public static int availableCpus() {
        int jvm = Runtime.getRuntime().availableProcessors();
        int allowed = Math.min(jvm, allowedCpus().cardinality());
        OptionalInt quota = new ControlGroup(SystemFiles.ofThisMachine()).cpuQuota();
        return Math.max(1, Math.min(allowed, quota.orElse(allowed)));
    }

    static BitSet allowedCpus(SystemFiles files) {
        String list = files.fields("/proc/self/status").get("Cpus_allowed_list");
        return list == null ? new BitSet() : CpuList.parse(list);
    }
}
