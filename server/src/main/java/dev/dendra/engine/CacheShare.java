// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/** What one tenant has of the KV blocks: those that its sequences hold and those that its prefixes are cached in. */
final class CacheShare {
    private int held;
    private int idle;
    private int oldest = BlockPool.NONE;
    private int newest = BlockPool.NONE;
    private int place = -1;
    private long lastUseNanos;

    /** Blocks in use and idle ones. */
    int held() {
        return held;
    }

    /** Blocks that no sequence holds, kept for their contents. */
    int idle() {
        return idle;
    }

    void changeHeld(int by) {
        held += by;
    }

    void changeIdle(int by) {
        idle += by;
    }

    /** Ends of the list of idle blocks, in the order in which they were last used. */
    int oldest() {
        return oldest;
    }

    int newest() {
        return newest;
    }

    void setOldest(int block) {
        oldest = block;
    }

    void setNewest(int block) {
        newest = block;
    }

    /** Place among the shares that hold blocks, or -1. */
    int place() {
        return place;
    }

    void setPlace(int place) {
        this.place = place;
    }

    long lastUseNanos() {
        return lastUseNanos;
    }

    void use(long nanos) {
        lastUseNanos = nanos;
    }
}
