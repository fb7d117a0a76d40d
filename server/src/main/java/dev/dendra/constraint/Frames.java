// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A set of stacks: places in rules, and for each of them the stacks of places to which the rule may return. Sets are kept as
 * tries from the top of the stacks, the graph-structured stacks of Tomita (1987): stacks with the same top are one, with
 * a set of stacks below it. Immutable; those of one {@link ConfigurationSpace} with equal content mostly are one object.
 */
final class Frames {
    /** The empty stack: where the grammar itself ends. */
    static final Frames BOTTOM = new Frames(new int[0], new Frames[0], true);

    private final int[] states;
    private final Frames[] below;
    private final boolean bottom;
    private final int depth;
    private final int hash;
    private volatile @Nullable Configuration closure;

    /**
     * A set.
     *
     * @param states tops, ascending; not changed any more
     * @param below what is below each of them; not changed any more
     * @param bottom whether the empty stack is one of the set
     */
    Frames(int[] states, Frames[] below, boolean bottom) {
        this.states = states;
        this.below = below;
        this.bottom = bottom;
        int deepest = 0;
        int mixed = mix(bottom ? 1 : 0, states.length);
        for (int i = 0; i < states.length; i++) {
            deepest = Math.max(deepest, below[i].depth + 1);
            mixed = mix(mix(mixed, states[i]), below[i].hash);
        }
        this.depth = deepest;
        this.hash = mixed;
    }

    /** Not a polynomial, with which the small numbers of states would collide. */
    private static int mix(int hash, int value) {
        int mixed = (hash ^ value) * 0x9E3779B1;
        return mixed ^ (mixed >>> 15);
    }

    int size() {
        return states.length;
    }

    int state(int index) {
        return states[index];
    }

    Frames below(int index) {
        return below[index];
    }

    /** Whether the empty stack is one of them. */
    boolean hasBottom() {
        return bottom;
    }

    /** Frames of the deepest stack. */
    int depth() {
        return depth;
    }

    /** What {@link ConfigurationSpace} has found to be read next after a return to these; null if nobody has asked. */
    @Nullable
    Configuration closure() {
        return closure;
    }

    void setClosure(Configuration found) {
        closure = found;
    }

    /** Equal tops, and below them the same objects. */
    @Override
    public boolean equals(Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof Frames frames)
                || hash != frames.hash
                || bottom != frames.bottom
                || !Arrays.equals(states, frames.states)) {
            return false;
        }
        for (int i = 0; i < below.length; i++) {
            if (below[i] != frames.below[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
