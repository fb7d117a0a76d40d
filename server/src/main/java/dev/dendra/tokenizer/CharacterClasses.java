// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/** The classes of code points that pre-tokenizers tell apart. Letters, numbers and whitespace do not overlap. */
final class CharacterClasses {
    private static final int LETTERS = (1 << Character.UPPERCASE_LETTER)
            | (1 << Character.LOWERCASE_LETTER)
            | (1 << Character.TITLECASE_LETTER)
            | (1 << Character.MODIFIER_LETTER)
            | (1 << Character.OTHER_LETTER);
    private static final int NUMBERS =
            (1 << Character.DECIMAL_DIGIT_NUMBER) | (1 << Character.LETTER_NUMBER) | (1 << Character.OTHER_NUMBER);

    private CharacterClasses() {}

    /** Unicode general category L. */
    static boolean isLetter(int codePoint) {
        return ((LETTERS >>> Character.getType(codePoint)) & 1) != 0;
    }

    /** Unicode general category N. */
    static boolean isNumber(int codePoint) {
        return ((NUMBERS >>> Character.getType(codePoint)) & 1) != 0;
    }

    /** Unicode property White_Space, which is neither of Java's two notions of whitespace. */
    static boolean isWhitespace(int codePoint) {
        return codePoint == ' '
                || (codePoint >= '\t' && codePoint <= '\r')
                || codePoint == 0x85
                || (codePoint >= 0xA0 && isSeparator(codePoint));
    }

    private static boolean isSeparator(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.SPACE_SEPARATOR
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }

    /** Neither letter, nor number, nor whitespace. */
    static boolean isOther(int codePoint) {
        return !isLetter(codePoint) && !isNumber(codePoint) && !isWhitespace(codePoint);
    }

    /** Carriage return or line feed. */
    static boolean isNewline(int codePoint) {
        return codePoint == '\r' || codePoint == '\n';
    }
}
