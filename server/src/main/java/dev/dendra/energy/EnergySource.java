// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

/** Where joules come from. */
public enum EnergySource {
    /** RAPL counters in Linux's powercap tree. */
    POWERCAP("powercap", "RAPL through powercap"),
    /** The same counters through the kernel's {@code power} performance events. */
    PERF("perf", "RAPL through perf events"),
    /** A power meter of the machine, whose watts are integrated. */
    HWMON("hwmon", "ACPI power meter"),
    /** Nowhere: nothing is measured. */
    NONE("none", "none");

    private final String id;
    private final String title;

    EnergySource(String id, String title) {
        this.id = id;
        this.title = title;
    }

    /** Name in metrics and answers. */
    public String id() {
        return id;
    }

    /** Name for people. */
    public String title() {
        return title;
    }
}
