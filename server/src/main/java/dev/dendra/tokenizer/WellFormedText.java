// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/** Text that UTF-8 can carry. */
final class WellFormedText {
    private static final char REPLACEMENT = '\uFFFD';

    private WellFormedText() {}

    /** {@code text} with each unpaired surrogate replaced by U+FFFD. */
    static String of(String text) {
        int fault = unpairedSurrogate(text, 0);
        if (fault < 0) {
            return text;
        }
        StringBuilder repaired = new StringBuilder(text);
        while (fault >= 0) {
            repaired.setCharAt(fault, REPLACEMENT);
            fault = unpairedSurrogate(text, fault + 1);
        }
        return repaired.toString();
    }

    private static int unpairedSurrogate(String text, int from) {
        int i = from;
        while (i < text.length()) {
            int codePoint = text.codePointAt(i);
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                return i;
            }
            i += Character.charCount(codePoint);
        }
        return -1;
    }
}
