// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import java.util.BitSet;

/**
 * Checks one JSON value character by character as it comes, strictly after RFC 8259 and without recursion. It begins at
 * the value's first character.
 */
final class JsonScanner {
    /** What a character is to the value. */
    enum Verdict {
        /** A part of it; more has to follow, or may. */
        MORE,
        /** Its last one. */
        LAST,
        /** Not a part of it: the value, a number, ended before. */
        BEYOND,
        /** An error: no JSON value goes on like this. */
        INVALID
    }

    private enum State {
        VALUE,
        FIRST_ITEM,
        FIRST_KEY,
        KEY,
        COLON,
        SEPARATOR,
        STRING,
        ESCAPE,
        HEXADECIMAL,
        LITERAL,
        MINUS,
        ZERO,
        DIGITS,
        POINT,
        FRACTION,
        EXPONENT,
        EXPONENT_SIGN,
        EXPONENT_DIGITS
    }

    /** Deeper values are refused, so that those who parse them later need not fear for their stacks. */
    static final int MAXIMUM_DEPTH = 64;

    private final BitSet objects = new BitSet(MAXIMUM_DEPTH);
    private int depth;
    private State state = State.VALUE;
    private boolean key;
    private int digits;
    private String literal = "";

    /** Takes the next character. Nothing may follow after any verdict but {@code MORE}. */
    Verdict accept(char c) {
        return switch (state) {
            case VALUE -> begin(c);
            case FIRST_ITEM -> c == ']' ? close() : begin(c);
            case FIRST_KEY -> c == '}' ? close() : key(c);
            case KEY -> key(c);
            case COLON -> isBlank(c) ? Verdict.MORE : c == ':' ? go(State.VALUE) : Verdict.INVALID;
            case SEPARATOR -> separator(c);
            case STRING -> string(c);
            case ESCAPE -> c == 'u' ? hexadecimal() : "\"\\/bfnrt".indexOf(c) >= 0 ? go(State.STRING) : Verdict.INVALID;
            case HEXADECIMAL -> hexadecimal(c);
            case LITERAL -> literal(c);
            default -> number(c);
        };
    }

    private Verdict go(State next) {
        state = next;
        return Verdict.MORE;
    }

    private Verdict begin(char c) {
        return switch (c) {
            case '{' -> open(true);
            case '[' -> open(false);
            case '"' -> {
                key = false;
                yield go(State.STRING);
            }
            case 't' -> literal("rue");
            case 'f' -> literal("alse");
            case 'n' -> literal("ull");
            case '-' -> go(State.MINUS);
            case '0' -> go(State.ZERO);
            default -> isDigit(c) ? go(State.DIGITS) : isBlank(c) && depth > 0 ? Verdict.MORE : Verdict.INVALID;
        };
    }

    private Verdict open(boolean object) {
        if (depth == MAXIMUM_DEPTH) {
            return Verdict.INVALID;
        }
        objects.set(depth++, object);
        return go(object ? State.FIRST_KEY : State.FIRST_ITEM);
    }

    private Verdict close() {
        depth--;
        return end();
    }

    private Verdict end() {
        state = State.SEPARATOR;
        return depth == 0 ? Verdict.LAST : Verdict.MORE;
    }

    private Verdict key(char c) {
        if (isBlank(c)) {
            return Verdict.MORE;
        }
        key = true;
        return c == '"' ? go(State.STRING) : Verdict.INVALID;
    }

    private Verdict separator(char c) {
        if (isBlank(c)) {
            return Verdict.MORE;
        }
        boolean object = objects.get(depth - 1);
        if (c == ',') {
            return go(object ? State.KEY : State.VALUE);
        }
        return c == (object ? '}' : ']') ? close() : Verdict.INVALID;
    }

    private Verdict string(char c) {
        if (c == '\\') {
            return go(State.ESCAPE);
        }
        if (c == '"') {
            return key ? go(State.COLON) : end();
        }
        return c < ' ' ? Verdict.INVALID : Verdict.MORE;
    }

    private Verdict hexadecimal() {
        digits = 0;
        return go(State.HEXADECIMAL);
    }

    private Verdict hexadecimal(char c) {
        if (c > 'f' || Character.digit(c, 16) < 0) {
            return Verdict.INVALID;
        }
        return ++digits == 4 ? go(State.STRING) : Verdict.MORE;
    }

    private Verdict literal(String rest) {
        literal = rest;
        return go(State.LITERAL);
    }

    private Verdict literal(char c) {
        if (literal.charAt(0) != c) {
            return Verdict.INVALID;
        }
        literal = literal.substring(1);
        return literal.isEmpty() ? end() : Verdict.MORE;
    }

    private Verdict number(char c) {
        boolean digit = isDigit(c);
        return switch (state) {
            case MINUS -> c == '0' ? go(State.ZERO) : digit ? go(State.DIGITS) : Verdict.INVALID;
            case ZERO -> afterInteger(c);
            case DIGITS -> digit ? Verdict.MORE : afterInteger(c);
            case POINT -> digit ? go(State.FRACTION) : Verdict.INVALID;
            case FRACTION -> digit ? Verdict.MORE : isExponent(c) ? go(State.EXPONENT) : afterNumber(c);
            case EXPONENT ->
                digit ? go(State.EXPONENT_DIGITS) : c == '+' || c == '-' ? go(State.EXPONENT_SIGN) : Verdict.INVALID;
            case EXPONENT_SIGN -> digit ? go(State.EXPONENT_DIGITS) : Verdict.INVALID;
            default -> digit ? Verdict.MORE : afterNumber(c);
        };
    }

    private Verdict afterInteger(char c) {
        return c == '.' ? go(State.POINT) : isExponent(c) ? go(State.EXPONENT) : afterNumber(c);
    }

    private Verdict afterNumber(char c) {
        if (depth == 0) {
            return Verdict.BEYOND;
        }
        state = State.SEPARATOR;
        return separator(c);
    }

    private static boolean isExponent(char c) {
        return c == 'e' || c == 'E';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Whether JSON allows this between its tokens. */
    static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }
}
