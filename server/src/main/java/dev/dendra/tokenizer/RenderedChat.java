// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/** A conversation as a template has rendered it, in which users' text is kept apart from control tokens. Immutable. */
public final class RenderedChat {
    private final ControlTokenGuard guard;
    private final String guarded;

    RenderedChat(ControlTokenGuard guard, String guarded) {
        this.guard = guard;
        this.guarded = guarded;
    }

    /** The text, for people to read and programs to look at. */
    public String text() {
        return ControlTokenGuard.unguarded(guarded);
    }

    /** Its tokens; control tokens in users' text are text. */
    public int[] tokens() {
        return guard.encode(guarded);
    }

    /** This and {@code text} behind it, in which the spellings of control tokens stand for these: never a user's. */
    public RenderedChat followedBy(String text) {
        return text.isEmpty() ? this : new RenderedChat(guard, guarded + text);
    }
}
