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

    ConfigurationSpace space() {
        return space;
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
    Configuration step(int byteClass, Work work) {
        Configuration known = next[byteClass];
        if (known != null) {
            return known;
        }
        Configuration found = space.advance(frames, byteClass, work);
        if (found.kept || !kept) {
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
    Configuration withSpaceInFront(int spaceClass, Work work) {
        Configuration spaced = new Configuration(space, frames, false);
        for (int c = 0; c < next.length; c++) {
            spaced.next[c] = c == spaceClass ? this : step(c, work);
        }
        spaced.mask = space.walkAll(spaced, work);
        return spaced;
    }

    @Override
    public boolean allows(int token) {
        return space.trie().bytes(token).length > 0 && !next(token).isDead();
    }

    @Override
    public long[] allowed() {
        long[] known = mask;
        return known != null ? known : allowed(new Work(space.trie()));
    }

    /** The same within {@code work}. */
    long[] allowed(Work work) {
        long[] known = mask;
        if (known != null) {
            return known;
        }
        long[] computed = space.mask(this, work);
        if (kept && space.keepsMask()) {
            mask = computed;
        }
        return computed;
    }

    @Override
    public Configuration next(int token) {
        Configuration at = this;
        byte[] bytes = space.trie().bytes(token);
        for (int i = 0; i < bytes.length && !at.dead; i++) {
            Configuration known = at.next[space.classes().of(bytes[i] & 0xFF)];
            if (known == null) {
                return at.read(bytes, i, new Work(space.trie()));
            }
            at = known;
        }
        return at;
    }

    @Override
    public boolean mayEnd() {
        return mayEnd;
    }

    @Override
    public boolean mustEnd() {
        return frames.size() == 0;
    }

    /** Where the bytes from {@code first} on lead. */
    private Configuration read(byte[] bytes, int first, Work work) {
        Configuration at = this;
        for (int i = first; i < bytes.length && !at.dead; i++) {
            at = at.step(space.classes().of(bytes[i] & 0xFF), work);
        }
        return at;
    }
}
