// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into tokens, with Jinja's {@code trim_blocks} and {@code lstrip_blocks} on, as Hugging Face sets them:
 * a newline behind a statement or comment and blanks before one that begins its line do not count.
 */
final class Lexer {
    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    /** Whether the data at {@link #at} begins a line, or what is left of one after trimming. */
    private boolean atLineStart = true;

    private Lexer(String source) {
        this.source = source;
    }

    /** Tokens of {@code source}, the last of them of kind {@code END}. */
    static List<Token> tokens(String source) {
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        return new Lexer(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text).run();
    }

    private List<Token> run() {
        while (at < source.length()) {
            int tag = nextTag(at);
            if (tag < 0) {
                data(source.substring(at));
                at = source.length();
            } else {
                tag(tag);
            }
        }
        tokens.add(new Token(Token.Kind.END, "", line));
        return tokens;
    }

    private int nextTag(int from) {
        for (int brace = source.indexOf('{', from); brace >= 0; brace = source.indexOf('{', brace + 1)) {
            char next = brace + 1 < source.length() ? source.charAt(brace + 1) : ' ';
            if (next == '{' || next == '%' || next == '#') {
                return brace;
            }
        }
        return -1;
    }

    private void tag(int start) {
        char kind = source.charAt(start + 1);
        char sign = start + 2 < source.length() ? source.charAt(start + 2) : ' ';
        int signed = sign == '-' || (sign == '+' && kind != '{') ? 1 : 0;
        data(before(start, kind, sign));
        advanceTo(start + 2 + signed);
        switch (kind) {
            case '#' -> comment();
            case '{' -> {
                tokens.add(new Token(Token.Kind.PRINT_START, "{{", line));
                expression("}}", Token.Kind.PRINT_END);
            }
            default -> block();
        }
    }

    /** Data from here to a tag, less what the tag strips on its left. */
    private String before(int start, char kind, char sign) {
        String data = source.substring(at, start);
        if (sign == '-') {
            return Text.stripTrailing(data);
        }
        if (kind == '{' || sign == '+') {
            return data;
        }
        int lineStart = data.lastIndexOf('\n') + 1;
        boolean strips = (lineStart > 0 || atLineStart) && Text.isBlank(data.substring(lineStart));
        return strips ? data.substring(0, lineStart) : data;
    }

    private void data(String text) {
        if (!text.isEmpty()) {
            tokens.add(new Token(Token.Kind.DATA, text, line));
        }
    }

    private void advanceTo(int to) {
        for (; at < to; at++) {
            if (source.charAt(at) == '\n') {
                line++;
            }
        }
    }

    private void comment() {
        int start = line;
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw TemplateException.syntax(start, "comment without an end");
        }
        // {#-#} opens and closes with one sign.
        char sign = end > at ? source.charAt(end - 1) : ' ';
        advanceTo(end + 2);
        endTag(sign, true);
    }

    /** Skips what a tag that has just ended strips on its right. */
    private void endTag(char sign, boolean trimsNewline) {
        int end = at;
        if (sign == '-') {
            while (end < source.length() && Text.isSpace(source.charAt(end))) {
                end++;
            }
        } else if (trimsNewline && sign != '+' && end < source.length() && source.charAt(end) == '\n') {
            end++;
        }
        atLineStart = end > at && source.charAt(end - 1) == '\n';
        advanceTo(end);
    }

    private void block() {
        int rawEnd = rawTagEnd(at, "raw");
        if (rawEnd >= 0) {
            raw(rawEnd);
            return;
        }
        tokens.add(new Token(Token.Kind.BLOCK_START, "{%", line));
        expression("%}", Token.Kind.BLOCK_END);
    }

    /** If {@code word} alone stands from {@code from} to the end of the tag: the place behind the tag, else -1. */
    private int rawTagEnd(int from, String word) {
        int i = skipSpace(from);
        if (!source.startsWith(word, i)) {
            return -1;
        }
        i = skipSpace(i + word.length());
        if (i < source.length() && (source.charAt(i) == '-' || source.charAt(i) == '+')) {
            i++;
        }
        return source.startsWith("%}", i) ? i + 2 : -1;
    }

    private int skipSpace(int from) {
        int i = from;
        while (i < source.length() && Text.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    private void raw(int bodyStart) {
        int opened = line;
        advanceTo(bodyStart);
        endTag(source.charAt(bodyStart - 3), false);
        for (int tag = source.indexOf("{%", at); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
            char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
            int end = rawTagEnd(sign == '-' || sign == '+' ? tag + 3 : tag + 2, "endraw");
            if (end >= 0) {
                data(before(tag, '%', sign));
                advanceTo(end);
                endTag(source.charAt(end - 3), true);
                return;
            }
        }
        throw TemplateException.syntax(opened, "'raw' without 'endraw'");
    }

    private void expression(String end, Token.Kind endKind) {
        int opened = line;
        int brackets = 0;
        while (true) {
            advanceTo(skipSpace(at));
            if (at >= source.length()) {
                throw TemplateException.syntax(opened, "tag without an end");
            }
            if (brackets == 0) {
                char sign = source.charAt(at);
                boolean signed = sign == '-' || (sign == '+' && endKind == Token.Kind.BLOCK_END);
                if (source.startsWith(end, signed ? at + 1 : at)) {
                    tokens.add(new Token(endKind, end, line));
                    advanceTo(at + end.length() + (signed ? 1 : 0));
                    endTag(sign, endKind == Token.Kind.BLOCK_END);
                    return;
                }
            }
            Token token = expressionToken();
            tokens.add(token);
            if (token.kind() == Token.Kind.OPERATOR) {
                brackets += switch (token.text()) {
                    case "(", "[", "{" -> 1;
                    case ")", "]", "}" -> -1;
                    default -> 0;
                };
                if (brackets < 0) {
                    throw TemplateException.syntax(line, "unexpected '" + token.text() + "'");
                }
            }
        }
    }

    private Token expressionToken() {
        char c = source.charAt(at);
        if (c == '\'' || c == '"') {
            return string(c);
        }
        if (c >= '0' && c <= '9') {
            return number();
        }
        if (Character.isLetter(c) || c == '_') {
            int end = at;
            while (end < source.length()
                    && (Character.isLetterOrDigit(source.charAt(end)) || source.charAt(end) == '_')) {
                end++;
            }
            return token(Token.Kind.NAME, end);
        }
        for (String two : List.of("==", "!=", "<=", ">=", "//", "**")) {
            if (source.startsWith(two, at)) {
                return token(Token.Kind.OPERATOR, at + 2);
            }
        }
        if ("+-*/%~<>=()[]{},.:|".indexOf(c) >= 0) {
            return token(Token.Kind.OPERATOR, at + 1);
        }
        throw TemplateException.syntax(line, "unexpected character '" + c + "'");
    }

    private Token token(Token.Kind kind, int end) {
        Token token = new Token(kind, source.substring(at, end), line);
        advanceTo(end);
        return token;
    }

    private Token number() {
        int end = digits(at);
        boolean fraction = end + 1 < source.length() && source.charAt(end) == '.' && isDigit(end + 1);
        if (fraction) {
            end = digits(end + 1);
        }
        int exponent = end;
        if (exponent < source.length() && (source.charAt(exponent) | 0x20) == 'e') {
            exponent++;
            if (exponent < source.length() && (source.charAt(exponent) == '+' || source.charAt(exponent) == '-')) {
                exponent++;
            }
        }
        if (exponent > end && isDigit(exponent)) {
            fraction = true;
            end = digits(exponent);
        }
        return token(fraction ? Token.Kind.FLOAT : Token.Kind.INTEGER, end);
    }

    private boolean isDigit(int i) {
        return i < source.length() && source.charAt(i) >= '0' && source.charAt(i) <= '9';
    }

    private int digits(int from) {
        int end = from;
        while (isDigit(end)) {
            end++;
        }
        return end;
    }

    private Token string(char quote) {
        int start = line;
        StringBuilder text = new StringBuilder();
        int i = at + 1;
        while (i < source.length() && source.charAt(i) != quote) {
            if (source.charAt(i) == '\\' && i + 1 < source.length()) {
                i = escape(i + 1, text);
            } else {
                text.append(source.charAt(i++));
            }
        }
        if (i >= source.length()) {
            throw TemplateException.syntax(start, "string without an end");
        }
        advanceTo(i + 1);
        return new Token(Token.Kind.STRING, text.toString(), start);
    }

    /** Resolves Python's escape sequence whose backslash lies before {@code i}; returns the place behind it. */
    private int escape(int i, StringBuilder text) {
        char c = source.charAt(i);
        switch (c) {
            case '\n' -> {}
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'v' -> text.append('\u000B');
            case 'a' -> text.append('\u0007');
            case '0' -> text.append('\0');
            case '\\', '\'', '"' -> text.append(c);
            case 'x' -> {
                return hexadecimal(i + 1, 2, text);
            }
            case 'u' -> {
                return hexadecimal(i + 1, 4, text);
            }
            case 'U' -> {
                return hexadecimal(i + 1, 8, text);
            }
            default -> text.append('\\').append(c);
        }
        return i + 1;
    }

    private int hexadecimal(int from, int digits, StringBuilder text) {
        try {
            text.appendCodePoint(Integer.parseInt(source, from, from + digits, 16));
            return from + digits;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw TemplateException.syntax(line, "broken escape sequence in a string");
        }
    }
}
