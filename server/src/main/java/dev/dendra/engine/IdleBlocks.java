// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * KV blocks that nobody holds but whose contents may be wanted again, and which of them goes first. Each tenant has a
 * list by last use. All that have asked for something lately are guaranteed an equal part of the cache: a block is taken
 * from the tenant that is furthest beyond its part, within it the one unused for longest. Nobody's flood reaches what
 * another has within its part.
 */
final class IdleBlocks {
    /** A tenant that was silent for this long has no guaranteed part until it comes back. */
    private static final long SILENT_NANOS = Duration.ofMinutes(10).toNanos();

    private final int total;
    private final int[] older;
    private final int[] newer;
    private CacheShare[] shares = new CacheShare[8];
    private int shareCount;
    private int count;
    private long nowNanos;

    /** Of a cache of {@code total} blocks. */
    IdleBlocks(int total) {
        this.total = total;
        this.older = new int[total];
        this.newer = new int[total];
    }

    void setTime(long nanos) {
        nowNanos = nanos;
    }

    /** Blocks, over all tenants. */
    int count() {
        return count;
    }

    /** The tenant has one block more, in use. */
    void hold(CacheShare share) {
        share.use(nowNanos);
        share.changeHeld(1);
        if (share.place() < 0) {
            if (shareCount == shares.length) {
                shares = Arrays.copyOf(shares, 2 * shareCount);
            }
            share.setPlace(shareCount);
            shares[shareCount++] = share;
        }
    }

    /** The tenant has one block less. */
    void letGo(CacheShare share) {
        share.changeHeld(-1);
        if (share.held() == 0) {
            CacheShare last = shares[--shareCount];
            shares[share.place()] = last;
            last.setPlace(share.place());
            share.setPlace(-1);
        }
    }

    /** A block of the tenant is out of use, and the one used last. */
    void add(int block, CacheShare share) {
        share.use(nowNanos);
        older[block] = share.newest();
        newer[block] = BlockPool.NONE;
        if (share.newest() == BlockPool.NONE) {
            share.setOldest(block);
        } else {
            newer[share.newest()] = block;
        }
        share.setNewest(block);
        share.changeIdle(1);
        count++;
    }

    void remove(int block, CacheShare share) {
        if (older[block] == BlockPool.NONE) {
            share.setOldest(newer[block]);
        } else {
            newer[older[block]] = newer[block];
        }
        if (newer[block] == BlockPool.NONE) {
            share.setNewest(older[block]);
        } else {
            older[newer[block]] = older[block];
        }
        share.changeIdle(-1);
        count--;
    }

    /** The part of a tenant that asks for blocks now: an equal one for all that have been heard of lately. */
    int guaranteed(CacheShare asking) {
        int active = asking.held() == 0 ? 1 : 0;
        for (int i = 0; i < shareCount; i++) {
            if (shares[i] == asking || isActive(shares[i])) {
                active++;
            }
        }
        return Math.max(1, total / active);
    }

    /** Blocks that may go in favour of a tenant: its own, and what others have beyond their parts. */
    int evictable(CacheShare asking) {
        int guaranteed = guaranteed(asking);
        int evictable = asking.idle();
        for (int i = 0; i < shareCount; i++) {
            if (shares[i] != asking) {
                evictable += Math.clamp(excess(shares[i], guaranteed), 0, shares[i].idle());
            }
        }
        return evictable;
    }

    /** The share whose oldest block goes next in favour of a tenant; null if none may. */
    @Nullable
    CacheShare victim(CacheShare asking) {
        CacheShare victim = furthestBeyond(guaranteed(asking));
        if (victim == null && asking.idle() > 0) {
            return asking;
        }
        return victim;
    }

    /** The share whose oldest block goes if any must; null if there is no idle block. */
    @Nullable
    CacheShare anyVictim() {
        return furthestBeyond(0);
    }

    private @Nullable CacheShare furthestBeyond(int guaranteed) {
        CacheShare furthest = null;
        int most = 0;
        for (int i = 0; i < shareCount; i++) {
            if (shares[i].idle() > 0 && excess(shares[i], guaranteed) > most) {
                furthest = shares[i];
                most = excess(furthest, guaranteed);
            }
        }
        return furthest;
    }

    private int excess(CacheShare share, int guaranteed) {
        return isActive(share) ? share.held() - guaranteed : share.held();
    }

    private boolean isActive(CacheShare share) {
        return share.held() > share.idle() || nowNanos - share.lastUseNanos() < SILENT_NANOS;
    }
}
