// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the regular part of the usual syntax of regular expressions (ECMAScript's, as JSON schemas have it). What no
 * finite automaton can do is refused with its position.
 */
final class RegexParser {
    /** Longest pattern, in code points. */
    static final int LONGEST = 16_384;

    private static final int DEEPEST = 100;
    private static final int MOST_REPETITIONS = 100_000;
    private static final String PUNCTUATION_WITH_MEANING = "*+?{";

    /** What a pattern without anchors stands for. */
    enum Use {
        /** A text that matches from its first character to its last. */
        WHOLE_TEXT,
        /** A text in which a match occurs, as for the keyword {@code pattern} of a JSON schema. */
        SEARCH
    }

    private static final Grammar ANYTHING =
            Grammar.repeat(new Grammar.Characters(CodePointSet.ALL), 0, Grammar.UNLIMITED);

    private final int[] pattern;
    private final Use use;
    private int at;
    private int depth;

    private RegexParser(String pattern, Use use) {
        this.pattern = pattern.codePoints().toArray();
        this.use = use;
    }

    /**
     * Reads a pattern.
     *
     * @throws ConstraintException naming the position, from 0, of what is wrong or unsupported
     */
    static Grammar parse(String pattern, Use use) throws ConstraintException {
        if (pattern.length() > LONGEST) {
            throw ConstraintException.tooComplex(
                    "the pattern has " + pattern.length() + " characters, more than " + LONGEST);
        }
        RegexParser parser = new RegexParser(pattern, use);
        Grammar grammar = parser.alternatives();
        if (parser.at < parser.pattern.length) {
            throw parser.invalid("')' without '('", parser.at);
        }
        return grammar;
    }

    private Grammar alternatives() throws ConstraintException {
        List<Grammar> branches = new ArrayList<>();
        do {
            branches.add(branch());
        } while (take('|'));
        return Grammar.choice(branches);
    }

    private Grammar branch() throws ConstraintException {
        List<Grammar> parts = new ArrayList<>();
        boolean outermost = depth == 0;
        boolean fromStart = outermost && take('^');
        boolean toEnd = false;
        while (at < pattern.length && pattern[at] != '|' && pattern[at] != ')') {
            if (outermost && pattern[at] == '$' && (at + 1 == pattern.length || pattern[at + 1] == '|')) {
                at++;
                toEnd = true;
                break;
            }
            parts.add(quantified());
        }
        if (outermost && use == Use.SEARCH) {
            if (!fromStart) {
                parts.addFirst(ANYTHING);
            }
            if (!toEnd) {
                parts.add(ANYTHING);
            }
        }
        return Grammar.sequence(parts);
    }

    private Grammar quantified() throws ConstraintException {
        Grammar atom = atom();
        while (at < pattern.length && PUNCTUATION_WITH_MEANING.indexOf(pattern[at]) >= 0) {
            int start = at;
            atom = switch (pattern[at++]) {
                case '*' -> Grammar.repeat(atom, 0, Grammar.UNLIMITED);
                case '+' -> Grammar.repeat(atom, 1, Grammar.UNLIMITED);
                case '?' -> Grammar.optional(atom);
                default -> counted(atom, start);
            };
            // A reluctant quantifier matches the same texts.
            if (!take('?') && at < pattern.length && pattern[at] == '+') {
                throw unsupported("a possessive quantifier", at);
            }
            if (at < pattern.length && PUNCTUATION_WITH_MEANING.indexOf(pattern[at]) >= 0) {
                throw invalid("a quantifier follows a quantifier", at);
            }
        }
        return atom;
    }

    private Grammar counted(Grammar atom, int start) throws ConstraintException {
        int minimum = number(start);
        int maximum = minimum;
        if (take(',')) {
            maximum = at < pattern.length && pattern[at] == '}' ? Grammar.UNLIMITED : number(start);
        }
        if (!take('}')) {
            throw invalid("'{' begins no quantifier; write '\\{' for a brace", start);
        }
        if (maximum != Grammar.UNLIMITED && maximum < minimum) {
            throw invalid("a quantifier's maximum is below its minimum", start);
        }
        return Grammar.repeat(atom, minimum, maximum);
    }

    private int number(int start) throws ConstraintException {
        int first = at;
        int value = 0;
        while (at < pattern.length && pattern[at] >= '0' && pattern[at] <= '9') {
            value = Math.min(value * 10 + pattern[at++] - '0', MOST_REPETITIONS + 1);
        }
        if (at == first) {
            throw invalid("'{' begins no quantifier; write '\\{' for a brace", start);
        }
        if (value > MOST_REPETITIONS) {
            throw ConstraintException.tooComplex(
                    "a quantifier at position " + start + " of the pattern exceeds " + MOST_REPETITIONS);
        }
        return value;
    }

    private Grammar atom() throws ConstraintException {
        int start = at;
        int character = pattern[at++];
        return switch (character) {
            case '(' -> group(start);
            case '[' -> new Grammar.Characters(characterClass(start));
            case '.' -> new Grammar.Characters(RegexClasses.ANY_OF_A_LINE);
            case '\\' -> new Grammar.Characters(escape(start, false));
            case '^', '$' -> throw unsupported("an anchor that is not at an end of the pattern", start);
            case '*', '+', '?', '{' -> throw invalid("a quantifier has nothing to repeat", start);
            default -> new Grammar.Characters(single(character));
        };
    }

    private Grammar group(int start) throws ConstraintException {
        if (take('?')) {
            boolean named =
                    at + 1 < pattern.length && pattern[at] == '<' && pattern[at + 1] != '=' && pattern[at + 1] != '!';
            if (named) {
                while (at < pattern.length && pattern[at] != '>') {
                    at++;
                }
                at++;
            } else if (!take(':')) {
                throw unsupported("a look-around, flag or other special group", start);
            }
        }
        if (++depth > DEEPEST) {
            throw ConstraintException.tooComplex("groups of the pattern are nested deeper than " + DEEPEST);
        }
        Grammar content = alternatives();
        depth--;
        if (!take(')')) {
            throw invalid("a group is not closed", start);
        }
        return content;
    }

    private CodePointSet characterClass(int start) throws ConstraintException {
        boolean negated = take('^');
        CodePointSet.Builder set = new CodePointSet.Builder();
        boolean first = true;
        while (true) {
            if (at >= pattern.length) {
                throw invalid("a character class is not closed", start);
            }
            if (pattern[at] == ']' && !first) {
                at++;
                break;
            }
            if (pattern[at] == ']' && first && use == Use.SEARCH) {
                // ECMAScript: an empty class
                at++;
                break;
            }
            first = false;
            classItem(set);
        }
        CodePointSet built = set.build();
        return negated ? built.complement() : built;
    }

    private void classItem(CodePointSet.Builder set) throws ConstraintException {
        int start = at;
        CodePointSet low = classCharacter();
        boolean range = at + 1 < pattern.length && pattern[at] == '-' && pattern[at + 1] != ']';
        if (!range) {
            set.add(low);
            return;
        }
        at++;
        CodePointSet high = classCharacter();
        if (!low.isSingle() || !high.isSingle() || high.first(0) < low.first(0)) {
            throw invalid("a character class has no such range", start);
        }
        set.add(low.first(0), high.first(0));
    }

    private CodePointSet classCharacter() throws ConstraintException {
        int start = at;
        int character = pattern[at++];
        if (character == '[' && at < pattern.length && pattern[at] == ':') {
            throw unsupported("a POSIX character class", start);
        }
        return character == '\\' ? escape(start, true) : single(character);
    }

    private CodePointSet escape(int start, boolean inClass) throws ConstraintException {
        if (at >= pattern.length) {
            throw invalid("a backslash escapes nothing", start);
        }
        int character = pattern[at++];
        return switch (character) {
            case 'd' -> RegexClasses.DIGITS;
            case 'D' -> RegexClasses.DIGITS.complement();
            case 'w' -> RegexClasses.WORD;
            case 'W' -> RegexClasses.WORD.complement();
            case 's' -> RegexClasses.SPACE;
            case 'S' -> RegexClasses.SPACE.complement();
            case 'n' -> single('\n');
            case 'r' -> single('\r');
            case 't' -> single('\t');
            case 'f' -> single('\f');
            case 'v' -> single(0x0B);
            case '0' -> {
                if (at < pattern.length && pattern[at] >= '0' && pattern[at] <= '9') {
                    throw unsupported("an octal escape", start);
                }
                yield single(0);
            }
            case 'x' -> single(hexadecimal(2, start));
            case 'u' -> single(unicode(start));
            case 'b' -> {
                if (!inClass) {
                    throw unsupported("a word boundary", start);
                }
                yield single('\b');
            }
            default -> {
                if (character >= '1' && character <= '9') {
                    throw unsupported("a back-reference", start);
                }
                if (Character.isLetterOrDigit(character) || character >= 0x80) {
                    throw unsupported("the escape '\\" + Character.toString(character) + "'", start);
                }
                yield single(character);
            }
        };
    }

    private int unicode(int start) throws ConstraintException {
        if (take('{')) {
            int value = 0;
            int digits = 0;
            while (at < pattern.length && Character.digit(pattern[at], 16) >= 0 && digits++ < 6) {
                value = value * 16 + Character.digit(pattern[at++], 16);
            }
            if (digits == 0 || value > Character.MAX_CODE_POINT || !take('}')) {
                throw invalid("no such code point", start);
            }
            return value;
        }
        int high = hexadecimal(4, start);
        boolean pair = Character.isHighSurrogate((char) high)
                && at + 1 < pattern.length
                && pattern[at] == '\\'
                && pattern[at + 1] == 'u';
        if (!pair) {
            return high;
        }
        at += 2;
        int low = hexadecimal(4, start);
        if (!Character.isLowSurrogate((char) low)) {
            throw invalid("half of a surrogate pair", start);
        }
        return Character.toCodePoint((char) high, (char) low);
    }

    private int hexadecimal(int digits, int start) throws ConstraintException {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < pattern.length ? Character.digit(pattern[at], 16) : -1;
            if (digit < 0) {
                throw invalid("an escape lacks hexadecimal digits", start);
            }
            value = value * 16 + digit;
            at++;
        }
        return value;
    }

    private static CodePointSet single(int character) {
        return CodePointSet.range(character, character);
    }

    private boolean take(int character) {
        if (at < pattern.length && pattern[at] == character) {
            at++;
            return true;
        }
        return false;
    }

    private ConstraintException invalid(String what, int position) {
        return ConstraintException.invalid("the pattern is wrong at position " + position + ": " + what);
    }

    private ConstraintException unsupported(String what, int position) {
        return ConstraintException.unsupported(
                "the pattern has " + what + " at position " + position + ", which is not supported");
    }
}
