// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads grammars in GBNF, the notation of llama.cpp: {@code name ::= …}. A rule ends where the next begins, so it may
 * have several lines.
 */
final class GbnfParser {
    /** Longest grammar, in characters. */
    static final int LONGEST = 65_536;

    private static final String ROOT = "root";
    private static final int DEEPEST = 100;
    private static final int MOST_REPETITIONS = 100_000;
    private static final int END = -1;

    private final int[] source;
    private final Map<String, Rule> rules = new HashMap<>();
    private final Map<String, Integer> firstUse = new HashMap<>();
    private final Set<String> defined = new HashSet<>();
    private int at;
    private int depth;

    private GbnfParser(String source) {
        this.source = source.codePoints().toArray();
    }

    /**
     * Reads a grammar; its start is the rule {@code root}.
     *
     * @throws ConstraintException naming line and column, from 1, of what is wrong
     */
    static Grammar parse(String source) throws ConstraintException {
        if (source.length() > LONGEST) {
            throw ConstraintException.tooComplex(
                    "the grammar has " + source.length() + " characters, more than " + LONGEST);
        }
        return new GbnfParser(source).grammar();
    }

    private Grammar grammar() throws ConstraintException {
        skipBlank();
        while (peek() != END) {
            definition();
        }
        for (Map.Entry<String, Integer> use : firstUse.entrySet()) {
            if (!defined.contains(use.getKey())) {
                throw wrong("there is no rule '" + use.getKey() + "'", use.getValue());
            }
        }
        if (!defined.contains(ROOT)) {
            throw ConstraintException.invalid("the grammar has no rule 'root'");
        }
        return new Grammar.Reference(rule(ROOT));
    }

    private void definition() throws ConstraintException {
        int start = at;
        String name = name();
        skipBlank();
        if (name.isEmpty() || !takeDefines()) {
            throw wrong("expected a rule, 'name ::= ...'", start);
        }
        if (!defined.add(name)) {
            throw wrong("rule '" + name + "' is defined twice", start);
        }
        skipBlank();
        rule(name).define(alternatives());
        if (peek() == ')') {
            throw wrong("')' without '('", at);
        }
    }

    private Grammar alternatives() throws ConstraintException {
        List<Grammar> alternatives = new ArrayList<>();
        alternatives.add(sequence());
        while (peek() == '|') {
            at++;
            skipBlank();
            alternatives.add(sequence());
        }
        return Grammar.choice(alternatives);
    }

    private Grammar sequence() throws ConstraintException {
        List<Grammar> parts = new ArrayList<>();
        while (peek() != END && peek() != '|' && peek() != ')' && !atDefinition()) {
            Grammar item = item();
            skipBlank();
            while (peek() == '*' || peek() == '+' || peek() == '?' || peek() == '{') {
                item = repeated(item);
                skipBlank();
            }
            parts.add(item);
        }
        return Grammar.sequence(parts);
    }

    private Grammar item() throws ConstraintException {
        int start = at;
        int character = peek();
        if (isNameCharacter(character)) {
            String name = name();
            firstUse.putIfAbsent(name, start);
            return new Grammar.Reference(rule(name));
        }
        at++;
        return switch (character) {
            case '"' -> literal(start);
            case '[' -> new Grammar.Characters(characterClass(start));
            case '.' -> new Grammar.Characters(CodePointSet.ALL);
            case '(' -> group(start);
            default -> throw wrong("unexpected '" + Character.toString(character) + "'", start);
        };
    }

    private Grammar group(int start) throws ConstraintException {
        if (++depth > DEEPEST) {
            throw ConstraintException.tooComplex("groups of the grammar are nested deeper than " + DEEPEST);
        }
        skipBlank();
        Grammar content = alternatives();
        depth--;
        if (peek() != ')') {
            throw wrong("a group is not closed", start);
        }
        at++;
        return content;
    }

    private Grammar repeated(Grammar item) throws ConstraintException {
        int start = at;
        return switch (source[at++]) {
            case '*' -> Grammar.repeat(item, 0, Grammar.UNLIMITED);
            case '+' -> Grammar.repeat(item, 1, Grammar.UNLIMITED);
            case '?' -> Grammar.optional(item);
            default -> counted(item, start);
        };
    }

    private Grammar counted(Grammar item, int start) throws ConstraintException {
        int minimum = number(start);
        int maximum = minimum;
        skipBlank();
        if (peek() == ',') {
            at++;
            skipBlank();
            maximum = peek() == '}' ? Grammar.UNLIMITED : number(start);
            skipBlank();
        }
        if (peek() != '}' || (maximum != Grammar.UNLIMITED && maximum < minimum)) {
            throw wrong("no repetition; expected {m}, {m,} or {m,n}", start);
        }
        at++;
        return Grammar.repeat(item, minimum, maximum);
    }

    private int number(int start) throws ConstraintException {
        skipBlank();
        int first = at;
        int value = 0;
        while (peek() >= '0' && peek() <= '9') {
            value = Math.min(value * 10 + source[at++] - '0', MOST_REPETITIONS + 1);
        }
        if (at == first) {
            throw wrong("no repetition; expected {m}, {m,} or {m,n}", start);
        }
        if (value > MOST_REPETITIONS) {
            throw ConstraintException.tooComplex(
                    "a repetition at " + place(start) + " of the grammar exceeds " + MOST_REPETITIONS);
        }
        return value;
    }

    private Grammar literal(int start) throws ConstraintException {
        StringBuilder text = new StringBuilder();
        while (peek() != '"') {
            if (peek() == END || peek() == '\n') {
                throw wrong("a literal is not closed", start);
            }
            text.appendCodePoint(character());
        }
        at++;
        return Grammar.literal(text.toString());
    }

    private CodePointSet characterClass(int start) throws ConstraintException {
        boolean negated = peek() == '^';
        if (negated) {
            at++;
        }
        CodePointSet.Builder set = new CodePointSet.Builder();
        while (peek() != ']') {
            if (peek() == END) {
                throw wrong("a character class is not closed", start);
            }
            int position = at;
            int first = character();
            int last = first;
            if (peek() == '-' && at + 1 < source.length && source[at + 1] != ']') {
                at++;
                last = character();
            }
            if (last < first) {
                throw wrong("a character class has no such range", position);
            }
            set.add(first, last);
        }
        at++;
        CodePointSet built = set.build();
        return negated ? built.complement() : built;
    }

    private int character() throws ConstraintException {
        int start = at;
        int character = peek();
        at++;
        if (character != '\\') {
            return character;
        }
        int escaped = peek();
        at++;
        return switch (escaped) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'x' -> hexadecimal(2, start);
            case 'u' -> hexadecimal(4, start);
            case 'U' -> hexadecimal(8, start);
            case '\\', '"', '[', ']', '-', '^' -> escaped;
            default -> throw wrong("no such escape", start);
        };
    }

    private int hexadecimal(int digits, int start) throws ConstraintException {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = peek() == END ? -1 : Character.digit(peek(), 16);
            value = value * 16 + digit;
            if (digit < 0 || value > Character.MAX_CODE_POINT) {
                throw wrong("no such code point", start);
            }
            at++;
        }
        if (value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE) {
            throw wrong("a surrogate is no code point of its own", start);
        }
        return value;
    }

    /** Whether a rule begins here. */
    private boolean atDefinition() {
        int start = at;
        boolean begins = !name().isEmpty();
        skipBlank();
        begins = begins && takeDefines();
        at = start;
        return begins;
    }

    private boolean takeDefines() {
        if (at + 2 < source.length && source[at] == ':' && source[at + 1] == ':' && source[at + 2] == '=') {
            at += 3;
            return true;
        }
        return false;
    }

    private String name() {
        int start = at;
        while (isNameCharacter(peek())) {
            at++;
        }
        return new String(source, start, at - start);
    }

    private static boolean isNameCharacter(int character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || (character >= '0' && character <= '9')
                || character == '-'
                || character == '_';
    }

    private Rule rule(String name) {
        return rules.computeIfAbsent(name, Rule::new);
    }

    private void skipBlank() {
        while (true) {
            int character = peek();
            if (character == '#') {
                while (peek() != END && peek() != '\n') {
                    at++;
                }
            } else if (character == ' ' || character == '\t' || character == '\n' || character == '\r') {
                at++;
            } else {
                return;
            }
        }
    }

    private int peek() {
        return at < source.length ? source[at] : END;
    }

    private ConstraintException wrong(String what, int position) {
        return ConstraintException.invalid("the grammar is wrong at " + place(position) + ": " + what);
    }

    private String place(int position) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < position; i++) {
            column = source[i] == '\n' ? 1 : column + 1;
            line += source[i] == '\n' ? 1 : 0;
        }
        return "line " + line + ", column " + column;
    }
}
