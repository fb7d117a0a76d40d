// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.List;

/** Tokens read one after the other, with a look at the next. */
final class TokenStream {
    private static final int DEPTH = 100;

    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    Token peekSecond() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    boolean at(String operator) {
        return peek().is(Token.Kind.OPERATOR, operator);
    }

    boolean atName(String name) {
        return peek().is(Token.Kind.NAME, name);
    }

    /** Goes past an operator if it is next. */
    boolean skip(String operator) {
        boolean found = at(operator);
        if (found) {
            at++;
        }
        return found;
    }

    /** Goes past a name if it is next. */
    boolean skipName(String name) {
        boolean found = atName(name);
        if (found) {
            at++;
        }
        return found;
    }

    void expect(String operator) {
        if (!skip(operator)) {
            throw unexpected("expected '" + operator + "'");
        }
    }

    String expectName() {
        return expect(Token.Kind.NAME, "expected a name").text();
    }

    Token expect(Token.Kind kind, String expectation) {
        if (peek().kind() != kind) {
            throw unexpected(expectation);
        }
        return next();
    }

    TemplateException unexpected(String expectation) {
        return TemplateException.syntax(peek().line(), expectation + ", found " + peek().described());
    }

    /** Goes one level deeper into nested tags or expressions. */
    void enter() {
        if (++depth > DEPTH) {
            throw TemplateException.syntax(peek().line(), "nested more than " + DEPTH + " deep");
        }
    }

    void leave() {
        depth--;
    }
}
