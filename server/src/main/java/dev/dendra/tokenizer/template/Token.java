// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

/**
 * A piece of a template.
 *
 * @param kind what it is
 * @param text its text; a string literal without quotes, escapes resolved
 * @param line where it starts, from 1
 */
record Token(Kind kind, String text, int line) {
    enum Kind {
        /** Text outside tags. */
        DATA,
        /** Start of a print tag. */
        PRINT_START,
        PRINT_END,
        /** Start of a statement tag. */
        BLOCK_START,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean is(Kind wanted, String wantedText) {
        return kind == wanted && text.equals(wantedText);
    }

    /** How messages call it. */
    String described() {
        return switch (kind) {
            case END -> "the end of the template";
            case BLOCK_END, PRINT_END -> "the end of the tag";
            default -> "'" + text + "'";
        };
    }
}
