// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;

/** Reads a number that the kernel keeps. Takes microseconds for a register, up to milliseconds for firmware. */
@FunctionalInterface
interface CounterReader {

    /** The number now. */
    long read() throws IOException;
}
