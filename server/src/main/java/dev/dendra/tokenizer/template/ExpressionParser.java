// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses expressions by recursive descent, with the precedence that Jinja gives its operators. */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> FACTORS = Set.of("*", "/", "//", "%");
    private static final Set<String> NOT_AN_ARGUMENT = Set.of("else", "or", "and", "is", "if", "in", "not");

    private final TokenStream in;

    ExpressionParser(TokenStream in) {
        this.in = in;
    }

    /** An expression, or several between commas, which make a tuple. */
    Expression tuple() {
        Expression first = expression();
        if (!in.at(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (in.skip(",")) {
            if (endsTuple()) {
                break;
            }
            items.add(expression());
        }
        return new Expression.TupleOf(items);
    }

    private boolean endsTuple() {
        return switch (in.peek().kind()) {
            case BLOCK_END, PRINT_END, END -> true;
            default -> in.at(")");
        };
    }

    /** An expression with all operators. */
    Expression expression() {
        in.enter();
        Expression value = or();
        while (in.skipName("if")) {
            Expression condition = or();
            Expression otherwise = in.skipName("else") ? expression() : null;
            value = new Expression.Conditional(condition, value, otherwise);
        }
        in.leave();
        return value;
    }

    /** An expression without {@code … if … else …}, as it stands in a {@code for} tag. */
    Expression or() {
        Expression first = and();
        if (!in.atName("or")) {
            return first;
        }
        List<Expression> operands = new ArrayList<>(List.of(first));
        while (in.skipName("or")) {
            operands.add(and());
        }
        return new Expression.Or(operands);
    }

    private Expression and() {
        Expression first = not();
        if (!in.atName("and")) {
            return first;
        }
        List<Expression> operands = new ArrayList<>(List.of(first));
        while (in.skipName("and")) {
            operands.add(not());
        }
        return new Expression.And(operands);
    }

    private Expression not() {
        if (!in.skipName("not")) {
            return comparison();
        }
        in.enter();
        Expression operand = not();
        in.leave();
        return new Expression.Not(operand);
    }

    private Expression comparison() {
        Expression first = sum();
        List<Expression.Comparison.Comparand> rest = new ArrayList<>();
        while (true) {
            String operator = in.peek().text();
            if (in.peek().kind() == Token.Kind.OPERATOR && COMPARISONS.contains(operator)) {
                in.next();
            } else if (in.skipName("in")) {
                operator = "in";
            } else if (in.atName("not") && in.peekSecond().is(Token.Kind.NAME, "in")) {
                in.next();
                in.next();
                operator = "not in";
            } else {
                break;
            }
            rest.add(new Expression.Comparison.Comparand(operator, sum()));
        }
        return rest.isEmpty() ? first : new Expression.Comparison(first, rest);
    }

    private Expression sum() {
        Expression left = concatenation();
        while (in.at("+") || in.at("-")) {
            left = new Expression.Arithmetic(in.next().text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression first = product();
        if (!in.at("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (in.skip("~")) {
            parts.add(product());
        }
        return new Expression.Concatenation(parts);
    }

    private Expression product() {
        Expression left = power();
        while (in.peek().kind() == Token.Kind.OPERATOR
                && FACTORS.contains(in.peek().text())) {
            left = new Expression.Arithmetic(in.next().text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = filtered(unary());
        while (in.skip("**")) {
            left = new Expression.Arithmetic("**", left, filtered(unary()));
        }
        return left;
    }

    private Expression unary() {
        if (!in.at("-") && !in.at("+")) {
            return postfixed(primary());
        }
        boolean negative = in.next().text().equals("-");
        in.enter();
        Expression operand = unary();
        in.leave();
        return negative ? new Expression.Negative(operand) : new Expression.Positive(operand);
    }

    private Expression primary() {
        Token token = in.next();
        return switch (token.kind()) {
            case NAME ->
                switch (token.text()) {
                    case "true", "True" -> new Expression.Literal(true);
                    case "false", "False" -> new Expression.Literal(false);
                    case "none", "None" -> new Expression.Literal(None.NONE);
                    default -> new Expression.Name(token.text());
                };
            case STRING -> string(token);
            case INTEGER -> integer(token);
            case FLOAT -> new Expression.Literal(Double.valueOf(token.text()));
            case OPERATOR ->
                switch (token.text()) {
                    case "(" -> parenthesized();
                    case "[" -> new Expression.ListOf(list("]"));
                    case "{" -> dict();
                    default -> throw notAnExpression(token);
                };
            default -> throw notAnExpression(token);
        };
    }

    private static TemplateException notAnExpression(Token token) {
        return TemplateException.syntax(token.line(), "expected an expression, found " + token.described());
    }

    private Expression string(Token first) {
        StringBuilder text = new StringBuilder(first.text());
        while (in.peek().kind() == Token.Kind.STRING) {
            text.append(in.next().text());
        }
        return new Expression.Literal(text.toString());
    }

    private static Expression integer(Token token) {
        try {
            return new Expression.Literal(Long.valueOf(token.text()));
        } catch (NumberFormatException e) {
            throw TemplateException.syntax(token.line(), "the number " + token.text() + " is too large");
        }
    }

    private Expression parenthesized() {
        if (in.skip(")")) {
            return new Expression.TupleOf(List.of());
        }
        Expression value = tuple();
        in.expect(")");
        return value;
    }

    private List<Expression> list(String end) {
        List<Expression> items = new ArrayList<>();
        while (!in.skip(end)) {
            items.add(expression());
            if (!in.at(end)) {
                in.expect(",");
            }
        }
        return items;
    }

    private Expression dict() {
        List<Expression.DictOf.Entry> entries = new ArrayList<>();
        while (!in.skip("}")) {
            Expression key = expression();
            in.expect(":");
            entries.add(new Expression.DictOf.Entry(key, expression()));
            if (!in.at("}")) {
                in.expect(",");
            }
        }
        return new Expression.DictOf(entries);
    }

    private Expression postfixed(Expression target) {
        Expression value = target;
        while (true) {
            if (in.skip(".")) {
                Token name = in.next();
                if (name.kind() == Token.Kind.INTEGER) {
                    value = new Expression.Item(value, integer(name));
                } else if (name.kind() == Token.Kind.NAME) {
                    value = new Expression.Attribute(value, name.text());
                } else {
                    throw TemplateException.syntax(name.line(), "expected a name, found " + name.described());
                }
            } else if (in.skip("[")) {
                value = item(value);
            } else if (in.at("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression item(Expression target) {
        Expression start = in.at(":") ? null : tuple();
        if (start != null && in.skip("]")) {
            return new Expression.Item(target, start);
        }
        in.expect(":");
        Expression stop = in.at(":") || in.at("]") ? null : expression();
        Expression step = in.skip(":") && !in.at("]") ? expression() : null;
        in.expect("]");
        return new Expression.Slice(target, start, stop, step);
    }

    /** Arguments in parentheses. */
    Expression.CallArguments arguments() {
        in.expect("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        while (!in.skip(")")) {
            if (in.peek().kind() == Token.Kind.NAME && in.peekSecond().is(Token.Kind.OPERATOR, "=")) {
                String name = in.expectName();
                in.expect("=");
                named.put(name, expression());
            } else if (named.isEmpty()) {
                positional.add(expression());
            } else {
                throw in.unexpected("expected a named argument");
            }
            if (!in.at(")")) {
                in.expect(",");
            }
        }
        return new Expression.CallArguments(positional, named);
    }

    private Expression filtered(Expression target) {
        Expression value = target;
        while (true) {
            if (in.skip("|")) {
                Statement.Filter filter = filter();
                value = new Expression.Filtered(value, filter.name(), filter.arguments());
            } else if (in.skipName("is")) {
                value = tested(value);
            } else if (in.at("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    /** A filter behind its bar. */
    Statement.Filter filter() {
        String name = in.expectName();
        return new Statement.Filter(name, in.at("(") ? arguments() : Expression.CallArguments.NONE);
    }

    private Expression tested(Expression target) {
        boolean negated = in.skipName("not");
        String name = in.expectName();
        Expression.CallArguments arguments = Expression.CallArguments.NONE;
        if (in.at("(")) {
            arguments = arguments();
        } else if (startsArgument(in.peek())) {
            arguments = new Expression.CallArguments(List.of(postfixed(primary())), Map.of());
        }
        Expression test = new Expression.Tested(target, name, arguments);
        return negated ? new Expression.Not(test) : test;
    }

    private static boolean startsArgument(Token token) {
        return switch (token.kind()) {
            case NAME -> !NOT_AN_ARGUMENT.contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            default -> false;
        };
    }
}
