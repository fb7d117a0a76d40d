// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

/** A template that cannot be parsed, or whose rendering failed; the message names the line. */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What went wrong. */
    public enum Kind {
        /** The text is no template. */
        SYNTAX,
        /** The template called {@code raise_exception}; the message is its own. */
        RAISED,
        /** A value was used that nothing has defined. */
        UNDEFINED,
        /** An operation on values that it does not go with. */
        TYPE,
        /** The template would take more time, memory or depth than it is given. */
        LIMIT
    }

    private final Kind kind;
    private final String problem;
    private final int line;

    /** A failure whose place is not known yet. */
    TemplateException(Kind kind, String problem) {
        this(kind, problem, 0);
    }

    private TemplateException(Kind kind, String problem, int line) {
        super(line == 0 || kind == Kind.RAISED ? problem : "line " + line + ": " + problem);
        this.kind = kind;
        this.problem = problem;
        this.line = line;
    }

    static TemplateException syntax(int line, String problem) {
        return new TemplateException(Kind.SYNTAX, problem, line);
    }

    static TemplateException type(String problem) {
        return new TemplateException(Kind.TYPE, problem);
    }

    /** This failure, at a line counted from 1. */
    TemplateException at(int line) {
        TemplateException placed = new TemplateException(kind, problem, line);
        placed.setStackTrace(getStackTrace());
        return placed;
    }

    boolean isPlaced() {
        return line > 0;
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }
}
