// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

/** What one rendering may use up. Every operation is charged before it is done, so that a hostile template stops early. */
final class Budget {
    private static final int DEPTH = 300;

    private final TemplateLimits limits;
    private long steps;
    private long charactersRead;
    private long charactersMade;
    private long output;
    private int depth;

    Budget(TemplateLimits limits) {
        this.limits = limits;
    }

    /** Charges for work on {@code count} values. */
    void steps(long count) {
        steps += count;
        check(steps, limits.steps(), "steps");
    }

    /** Charges for looking at {@code count} characters. */
    void read(long count) {
        charactersRead += count;
        check(charactersRead, limits.charactersRead(), "characters read");
    }

    /** Charges for text of {@code count} characters that is about to be made. */
    void make(long count) {
        charactersMade += count;
        check(charactersMade, limits.charactersMade(), "characters made");
    }

    /** Charges for {@code count} characters of output. */
    void output(long count) {
        output += count;
        check(output, limits.output(), "characters of output");
    }

    /** Goes one level deeper into expressions, statements or values. */
    void enter() {
        steps(1);
        if (++depth > DEPTH) {
            throw new TemplateException(TemplateException.Kind.LIMIT, "nested more than " + DEPTH + " deep");
        }
    }

    void leave() {
        depth--;
    }

    private static void check(long used, long limit, String what) {
        if (used > limit || used < 0) {
            throw new TemplateException(TemplateException.Kind.LIMIT, "more than " + limit + " " + what);
        }
    }
}
