// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.nio.file.Path;
import java.util.List;

/** A kind of meter, and where it would be. */
interface MeterSource {

    /** Which it is. */
    EnergySource id();

    /**
     * The domains that it counts; each was read once.
     *
     * @param sys a sysfs, such as {@code /sys}
     * @throws MeterAbsentException if there is none
     */
    List<MeteredDomain> search(Path sys) throws MeterAbsentException;
}
