// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

/** A clock that moves only when somebody waits, and may be late to wake. */
final class VirtualTime implements Pacer {

    private final double slowness;
    private long time;

    /** @param slowness how many times longer than asked for each wait takes */
    VirtualTime(double slowness) {
        this.slowness = slowness;
    }

    @Override
    public synchronized long now() {
        return time;
    }

    @Override
    public synchronized void awaitUntil(long until) {
        time = Math.max(time, Math.round(until * slowness));
    }
}
