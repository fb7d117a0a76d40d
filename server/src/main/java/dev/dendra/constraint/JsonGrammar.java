// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON (RFC 8259) of one line: one space may stand after {@code : , [ {} and before {@code ] }}, so that a model can
 * write JSON as it has learned to and cannot write spaces for ever. Numbers have at most 19 digits before the point, 17
 * after it and 3 in the exponent, for the same reason.
 */
final class JsonGrammar {
    private static final CodePointSet HEX =
            new CodePointSet.Builder().add('0', '9').add('A', 'F').add('a', 'f').build();
    private static final Grammar HEX_DIGIT = new Grammar.Characters(HEX);
    private static final int MOST_FRACTION_DIGITS = 17;
    private static final int MOST_EXPONENT_DIGITS = 3;

    /** Most digits of a whole number. */
    static final int MOST_DIGITS = 19;

    /** Nothing, or a space. */
    static final Grammar SPACE = Grammar.optional(Grammar.literal(" "));

    static final Grammar COLON = Grammar.sequence(Grammar.literal(":"), SPACE);
    static final Grammar COMMA = Grammar.sequence(Grammar.literal(","), SPACE);
    static final Grammar DIGIT = new Grammar.Characters(RegexClasses.DIGITS);
    static final Grammar NULL = Grammar.literal("null");
    static final Grammar BOOLEAN = Grammar.choice(Grammar.literal("true"), Grammar.literal("false"));

    /** Characters that may stand in a string as they are. */
    static final CodePointSet PLAIN = CodePointSet.ALL
            .minus(CodePointSet.range(0, 0x1F))
            .minus(CodePointSet.range('"', '"'))
            .minus(CodePointSet.range('\\', '\\'));

    /** One character of a string, in any spelling. */
    static final Grammar CHARACTER = Grammar.choice(
            new Grammar.Characters(PLAIN),
            Grammar.sequence(Grammar.literal("\\"), Grammar.choice(shortEscape(), longEscape())));

    /**
     * One character of a string whose characters are counted: without escapes by number, which would take most of the
     * states that a count multiplies.
     */
    static final Grammar COUNTED_CHARACTER =
            Grammar.choice(new Grammar.Characters(PLAIN), Grammar.sequence(Grammar.literal("\\"), shortEscape()));

    /** Any string. */
    static final Grammar STRING = Rule.of("string", quoted(Grammar.repeat(CHARACTER, 0, Grammar.UNLIMITED)));

    static final Grammar INTEGER = Grammar.choice(
            Grammar.literal("0"),
            Grammar.sequence(
                    Grammar.optional(Grammar.literal("-")),
                    new Grammar.Characters(CodePointSet.range('1', '9')),
                    Grammar.repeat(DIGIT, 0, MOST_DIGITS - 1)));

    /** What may follow the whole part of a number. */
    static final Grammar FRACTION =
            Grammar.optional(Grammar.sequence(Grammar.literal("."), Grammar.repeat(DIGIT, 1, MOST_FRACTION_DIGITS)));

    static final Grammar NUMBER = Rule.of(
            "number",
            Grammar.sequence(
                    Grammar.choice(INTEGER, Grammar.literal("-0")),
                    FRACTION,
                    Grammar.optional(Grammar.sequence(
                            new Grammar.Characters(new CodePointSet.Builder()
                                    .add('e', 'e')
                                    .add('E', 'E')
                                    .build()),
                            Grammar.optional(Grammar.choice(Grammar.literal("+"), Grammar.literal("-"))),
                            Grammar.repeat(DIGIT, 1, MOST_EXPONENT_DIGITS)))));

    /** Any value. */
    static final Grammar VALUE;

    /** Any object. */
    static final Grammar OBJECT;

    /** Any array. */
    static final Grammar ARRAY;

    static {
        Rule value = new Rule("value");
        VALUE = new Grammar.Reference(value);
        OBJECT = Rule.of("object", object(List.of(), member(STRING, VALUE)));
        ARRAY = Rule.of("array", array(VALUE, 0, Grammar.UNLIMITED));
        value.define(Grammar.choice(OBJECT, ARRAY, STRING, NUMBER, BOOLEAN, NULL));
    }

    private JsonGrammar() {}

    static Grammar quoted(Grammar content) {
        return Grammar.sequence(Grammar.literal("\""), content, Grammar.literal("\""));
    }

    static Grammar member(Grammar name, Grammar value) {
        return Grammar.sequence(name, COLON, value);
    }

    /** An object of these members, and any number of {@code more} if that is not null. */
    static Grammar object(List<Grammar.Member> members, @Nullable Grammar more) {
        return Grammar.sequence(
                Grammar.literal("{"),
                SPACE,
                Grammar.sequence(new Grammar.Members(members, COMMA, more), SPACE),
                Grammar.literal("}"));
    }

    /** An array of so many items. */
    static Grammar array(Grammar item, int minimum, int maximum) {
        Grammar items = Grammar.EMPTY;
        if (maximum != 0) {
            items = Grammar.sequence(
                    item,
                    Grammar.repeat(
                            Grammar.sequence(COMMA, item),
                            Math.max(minimum - 1, 0),
                            maximum == Grammar.UNLIMITED ? Grammar.UNLIMITED : maximum - 1));
            items = minimum == 0 ? Grammar.optional(items) : items;
        }
        return Grammar.sequence(Grammar.literal("["), SPACE, items, SPACE, Grammar.literal("]"));
    }

    private static Grammar shortEscape() {
        CodePointSet.Builder letters = new CodePointSet.Builder();
        "\"\\/bfnrt".codePoints().forEach(letter -> letters.add(letter, letter));
        return new Grammar.Characters(letters.build());
    }

    /** Four digits of a code unit; surrogates in pairs only. */
    private static Grammar longEscape() {
        Grammar d = Grammar.choice(Grammar.literal("d"), Grammar.literal("D"));
        Grammar other = Grammar.choice(
                Grammar.sequence(
                        new Grammar.Characters(
                                HEX.minus(CodePointSet.range('d', 'd')).minus(CodePointSet.range('D', 'D'))),
                        HEX_DIGIT),
                Grammar.sequence(d, new Grammar.Characters(CodePointSet.range('0', '7'))));
        CodePointSet highDigit = new CodePointSet.Builder()
                .add('8', '9')
                .add('A', 'B')
                .add('a', 'b')
                .build();
        CodePointSet lowDigit =
                new CodePointSet.Builder().add('C', 'F').add('c', 'f').build();
        Grammar pair = Grammar.sequence(
                d,
                new Grammar.Characters(highDigit),
                HEX_DIGIT,
                HEX_DIGIT,
                Grammar.literal("\\u"),
                d,
                new Grammar.Characters(lowDigit));
        return Grammar.sequence(Grammar.literal("u"), Grammar.choice(other, pair), HEX_DIGIT, HEX_DIGIT);
    }
}
