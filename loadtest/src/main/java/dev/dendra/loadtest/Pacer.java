// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.concurrent.TimeUnit;

/** The time that a load keeps to; tests put their own in its place. */
interface Pacer {

    /** Nanoseconds since a fixed but arbitrary moment; never falls. */
    long now();

    /** Returns at {@code time} of {@link #now} or, when that has passed, at once. */
    void awaitUntil(long time) throws InterruptedException;

    /** The machine's monotonic clock. */
    static Pacer system() {
        return new Pacer() {
            @Override
            public long now() {
                return System.nanoTime();
            }

            @Override
            public void awaitUntil(long time) throws InterruptedException {
                for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.sleep(left);
                }
            }
        };
    }
}
