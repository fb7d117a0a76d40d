// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;

/** Energy of one domain, piece by piece. After a failure it begins anew, so that nothing is made up. For one thread. */
interface EnergyCounter {

    /**
     * Joules since the last call that did not fail; 0 if there was none.
     *
     * @param nanos now, on any monotonic clock
     * @throws IOException if the meter cannot be read
     * @throws ImplausibleReadingException if what it says cannot be
     */
    double advance(long nanos) throws IOException;
}
