// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.function.IntPredicate;

/** Steps that pre-tokenizers have in common; every place is an index of a UTF-16 unit, every end exclusive. */
final class Scanner {
    /** What {@link #codePoint} says at the end of the text: no class has it. */
    static final int END = -1;

    private Scanner() {}

    /** The code point at {@code at}, or {@link #END}. */
    static int codePoint(String text, int at, int to) {
        return at < to ? text.codePointAt(at) : END;
    }

    /** The place after {@code codePoint} at {@code at}. */
    static int after(int at, int codePoint) {
        return at + Character.charCount(codePoint);
    }

    /** End of the run of code points of one class that starts at {@code from}, which may be empty. */
    static int runEnd(String text, int from, int to, IntPredicate inClass) {
        int at = from;
        while (at < to) {
            int codePoint = text.codePointAt(at);
            if (!inClass.test(codePoint)) {
                break;
            }
            at = after(at, codePoint);
        }
        return at;
    }

    /**
     * End of {@code \s+(?!\S)|\s+}: a run of whitespace leaves its last one to a word that follows, if that is not all
     * it has.
     */
    static int whitespaceEnd(String text, int from, int to) {
        int end = runEnd(text, from, to, CharacterClasses::isWhitespace);
        return end < to && end - from > 1 ? end - 1 : end;
    }
}
