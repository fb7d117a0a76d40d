// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Texts as they are spelled between the quotes of a JSON string: each character in one way, the shortest, so that
 * spelled texts can be compared.
 */
final class JsonEscaper {
    private static final String SHORT = "\"\\\b\f\n\r\t";
    private static final String SHORT_LETTERS = "\"\\bfnrt";
    private static final int FIRST_PLAIN_CONTROL = 0x20;

    private JsonEscaper() {}

    /** Any character in its spelling. */
    static Grammar anyCharacter() {
        return characters(CodePointSet.ALL);
    }

    /** A text in its spelling. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (isPlain(character)) {
                escaped.append(character);
            } else {
                escaped.append(spelling(character));
            }
        }
        return escaped.toString();
    }

    /** A regular grammar of texts, as a grammar of their spellings. */
    static Grammar escape(Grammar grammar) {
        return switch (grammar) {
            case Grammar.Literal(String text) -> Grammar.literal(escape(text));
            case Grammar.Characters(CodePointSet set) -> characters(set);
            case Grammar.Sequence sequence -> {
                List<Grammar> parts = new ArrayList<>();
                sequence.parts().forEach(part -> parts.add(escape(part)));
                yield Grammar.sequence(parts);
            }
            case Grammar.Choice choice -> {
                List<Grammar> alternatives = new ArrayList<>();
                choice.alternatives().forEach(alternative -> alternatives.add(escape(alternative)));
                yield Grammar.choice(alternatives);
            }
            case Grammar.Repetition(Grammar content, int minimum, int maximum) ->
                Grammar.repeat(escape(content), minimum, maximum);
            default -> throw new IllegalArgumentException("not of a regular expression: " + grammar);
        };
    }

    private static Grammar characters(CodePointSet set) {
        List<Grammar> spellings = new ArrayList<>();
        CodePointSet plain = set.intersection(JsonGrammar.PLAIN);
        if (!plain.isEmpty()) {
            spellings.add(new Grammar.Characters(plain));
        }
        for (char character = 0; character <= '\\'; character++) {
            if (!isPlain(character) && set.contains(character)) {
                spellings.add(Grammar.literal(spelling(character)));
            }
        }
        return Grammar.choice(spellings);
    }

    private static boolean isPlain(char character) {
        return character >= FIRST_PLAIN_CONTROL && character != '"' && character != '\\';
    }

    private static String spelling(char character) {
        int known = SHORT.indexOf(character);
        return known >= 0 ? "\\" + SHORT_LETTERS.charAt(known) : String.format(Locale.ROOT, "\\u%04x", (int) character);
    }
}
