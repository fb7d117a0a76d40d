// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of texts. Immutable; small ones are put together to larger ones, and a {@link ConstraintCompiler} makes of one
 * what the engine keeps generated tokens to. A tool call, for example:
 *
 * <pre>{@code
 * Grammar.sequence(
 *         Grammar.literal("<tool_call>\n{\"name\": \"f\", \"arguments\": "),
 *         Grammar.jsonSchema(parameters),
 *         Grammar.literal("}\n</tool_call>"))
 * }</pre>
 */
public sealed interface Grammar
        permits Grammar.Literal,
                Grammar.Characters,
                Grammar.Sequence,
                Grammar.Choice,
                Grammar.Repetition,
                Grammar.Intersection,
                Grammar.Members,
                Grammar.Until,
                Grammar.Multiples,
                Grammar.Reference {

    /** As a repetition's maximum: no limit. */
    int UNLIMITED = -1;

    /** The empty text alone. */
    Grammar EMPTY = new Literal("");

    /** This text alone; unpaired surrogates count as U+FFFD. */
    static Grammar literal(String text) {
        return new Literal(text);
    }

    /** A text of each part, one after the other. */
    static Grammar sequence(List<Grammar> parts) {
        return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
    }

    /** A text of each part, one after the other. */
    static Grammar sequence(Grammar... parts) {
        return sequence(List.of(parts));
    }

    /** A text of any alternative. None at all is a grammar of no text, which does not compile. */
    static Grammar choice(List<Grammar> alternatives) {
        return alternatives.size() == 1 ? alternatives.getFirst() : new Choice(alternatives);
    }

    /** A text of any alternative. */
    static Grammar choice(Grammar... alternatives) {
        return choice(List.of(alternatives));
    }

    /** Nothing, or a text of {@code content}. */
    static Grammar optional(Grammar content) {
        return repeat(content, 0, 1);
    }

    /**
     * Texts of {@code content}, one after the other.
     *
     * @param minimum how many at least, from 0
     * @param maximum how many at most, or {@link #UNLIMITED}
     */
    static Grammar repeat(Grammar content, int minimum, int maximum) {
        return new Repetition(content, minimum, maximum);
    }

    /** Any text in which {@code end} does not occur; nothing too. {@code end} must not be empty. */
    static Grammar textWithout(String end) {
        return new Until(end, false);
    }

    /** Any text up to the first {@code end}, and {@code end} itself, which must not be empty. */
    static Grammar textUntil(String end) {
        return new Until(end, true);
    }

    /**
     * Texts that match a regular expression as a whole: literals, classes (with {@code \d \w \s}, their negations, and
     * ranges), {@code .} (all but line terminators), {@code |}, groups, {@code * + ? {m} {m,} {m,n}}, and {@code ^} and
     * {@code $} at the ends.
     *
     * @throws ConstraintException with the position of anything else, such as back-references and look-around
     */
    static Grammar regex(String pattern) throws ConstraintException {
        return RegexParser.parse(pattern, RegexParser.Use.WHOLE_TEXT);
    }

    /**
     * JSON texts of one line that a schema accepts, properties in the order in which it lists them; a space may stand after
     * {@code : , [ {} and before {@code ] }}. {@code docs/api.md} lists the keywords.
     *
     * @param schema a JSON schema, an object or a boolean
     * @throws ConstraintException with the JSON pointer of a keyword that cannot be kept to
     */
    static Grammar jsonSchema(JsonNode schema) throws ConstraintException {
        return SchemaTranslator.translate(schema);
    }

    /** Any JSON object, of one line as {@link #jsonSchema} has it. */
    static Grammar jsonObject() {
        return JsonGrammar.OBJECT;
    }

    /** Any JSON value, of one line as {@link #jsonSchema} has it. */
    static Grammar jsonValue() {
        return JsonGrammar.VALUE;
    }

    /**
     * Texts of the rule {@code root} of a grammar in GBNF, llama.cpp's notation: {@code name ::= …} with literals in
     * double quotes, character classes, {@code .}, rule names, groups, {@code |}, {@code * + ? {m} {m,} {m,n}} and
     * comments from {@code #} on.
     *
     * @throws ConstraintException with line and column of what is wrong
     */
    static Grammar gbnf(String source) throws ConstraintException {
        return GbnfParser.parse(source);
    }

    /** One text. */
    record Literal(String text) implements Grammar {
        /** Makes the text well-formed. */
        public Literal {
            text = wellFormed(text);
        }
    }

    /** One character of a set. */
    record Characters(CodePointSet set) implements Grammar {}

    /** One part after the other. */
    record Sequence(List<Grammar> parts) implements Grammar {
        /** Copies the list. */
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** Any alternative. */
    record Choice(List<Grammar> alternatives) implements Grammar {
        /** Copies the list. */
        public Choice {
            alternatives = List.copyOf(alternatives);
        }
    }

    /** The same again and again; a maximum of {@link #UNLIMITED} is none. */
    record Repetition(Grammar content, int minimum, int maximum) implements Grammar {
        /** Checks the bounds. */
        public Repetition {
            if (minimum < 0 || (maximum != UNLIMITED && maximum < minimum)) {
                throw new IllegalArgumentException("no repetition: " + minimum + " to " + maximum);
            }
        }
    }

    /** What both accept. Neither may hold a {@link Reference}. */
    record Intersection(Grammar left, Grammar right) implements Grammar {}

    /**
     * Members in this order with separators between those that are there.
     *
     * @param members all of them
     * @param more any number of further ones at the end, with the same separator; {@code null} for none
     */
    record Members(
            List<Member> members,
            Grammar separator,
            @Nullable Grammar more) implements Grammar {
        /** Copies the list. */
        public Members {
            members = List.copyOf(members);
        }
    }

    /** One of {@link Members}. */
    record Member(Grammar content, boolean required) {}

    /** Any text up to the first occurrence of {@code end}: with it, or breaking off somewhere before it. */
    record Until(String end, boolean inclusive) implements Grammar {
        /** Checks the end. */
        public Until {
            if (end.isEmpty()) {
                throw new IllegalArgumentException("an empty end would come at once");
            }
            end = wellFormed(end);
        }
    }

    /** Decimal digits, leading zeros too, of the multiples of a number from 1 to {@link #LARGEST}. */
    record Multiples(int of) implements Grammar {
        /** Largest number. */
        static final int LARGEST = 1000;
    }

    /** Texts of a rule, which may refer to itself. */
    record Reference(Rule rule) implements Grammar {}

    private static String wellFormed(String text) {
        int[] characters = text.codePoints()
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
                .toArray();
        return new String(characters, 0, characters.length);
    }
}
