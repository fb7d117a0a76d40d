// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.engine.TokenConstraint;
import org.jspecify.annotations.Nullable;

/**
 * A place in a text: the states of rules that may read the next byte, each with the stacks below it, and whether the text
 * may end. What follows is found when it is first asked for and kept.
 */
final class Configuration implements TokenConstraint.State {
    private final ConfigurationSpace space;
    private final Frames frames;
    private final @Nullable Configuration[] next;
    private final boolean kept;
    private final boolean dead;
    private final boolean mayEnd;
    private volatile long @Nullable [] mask;

    /**
     * For {@link ConfigurationSpace}.
     *
     * @param kept whether the space keeps it; others must not be kept by those that are
     */
    Configuration(ConfigurationSpace space, Frames frames, boolean kept) {
        this.space = space;
        this.kept = kept;
        this.mayEnd = frames.hasBottom();
        this.dead = frames.size() == 0 && !mayEnd;
        this.frames = frames;
        this.next = new Configuration[space.classes().count()];
    }

    /** What may read, with what is below; the bottom is among them if the text may end. */
    Frames frames() {
        return frames;
    }

    /** Whether the space keeps it. */
    boolean isKept() {
        return kept;
    }

    /** Nothing can follow, and the text cannot end. */
    boolean isDead() {
        return dead;
    }

    /** What a byte of a class leads to; dead if it must not follow. */
    Configuration step(int byteClass) {
        Configuration known = next[byteClass];
        if (known != null) {
            return known;
        }
        Configuration found = space.advance(frames, byteClass);
        if (found.kept) {
            // A race is harmless: both find equal configurations, whose fields are final.
            next[byteClass] = found;
        }
        return found;
    }

    /**
     * The same place, where one space may stand in front of the text: it is left out when the text is decoded, so without
     * it no space may come first.
     *
     * @param spaceClass class of the space alone
     */
    Configuration withSpaceInFront(int spaceClass) {
        Configuration spaced = new Configuration(space, frames, false);
        for (int c = 0; c < next.length; c++) {
            spaced.next[c] = c == spaceClass ? this : step(c);
        }
        spaced.mask = space.walkAll(spaced);
        return spaced;
    }

    @Override
    public boolean allows(int token) {
        return space.trie().bytes(token).length > 0 && !read(token).isDead();
    }

    @Override
    public long[] allowed() {
        long[] known = mask;
        if (known != null) {
            return known;
        }
        long[] computed = space.mask(this);
        if (kept && space.keepsMask()) {
            mask = computed;
        }
        return computed;
    }

    @Override
    public Configuration next(int token) {
        return read(token);
    }

    @Override
    public boolean mayEnd() {
        return mayEnd;
    }

    @Override
    public boolean mustEnd() {
        return frames.size() == 0;
    }

    private Configuration read(int token) {
        Configuration at = this;
        for (byte value : space.trie().bytes(token)) {
            at = at.step(space.classes().of(value & 0xFF));
            if (at.isDead()) {
                return at;
            }
        }
        return at;
    }
}
