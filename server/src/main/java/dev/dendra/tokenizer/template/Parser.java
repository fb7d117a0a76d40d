// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses the tags of a template into statements. */
final class Parser {
    private final TokenStream in;
    private final ExpressionParser expressions;
    private int loops;

    private Parser(TokenStream in) {
        this.in = in;
        this.expressions = new ExpressionParser(in);
    }

    /**
     * Parses a template.
     *
     * @throws TemplateException of kind {@code SYNTAX}, naming the line
     */
    static List<Statement> parse(String source) {
        return new Parser(new TokenStream(Lexer.tokens(source))).body(Set.of());
    }

    /** Statements up to a tag that begins with one of {@code ends}, which is left to be read from its name on. */
    private List<Statement> body(Set<String> ends) {
        in.enter();
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = in.next();
            switch (token.kind()) {
                case DATA -> statements.add(new Statement.Data(token.line(), token.text()));
                case PRINT_START -> {
                    statements.add(new Statement.Print(token.line(), expressions.tuple()));
                    in.expect(Token.Kind.PRINT_END, "expected the end of the tag");
                }
                case BLOCK_START -> {
                    if (in.peek().kind() == Token.Kind.NAME
                            && ends.contains(in.peek().text())) {
                        in.leave();
                        return statements;
                    }
                    statements.add(statement());
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw TemplateException.syntax(
                                token.line(),
                                "expected one of " + ends.stream().sorted().toList());
                    }
                    in.leave();
                    return statements;
                }
            }
        }
    }

    private List<Statement> bodyTo(String end) {
        endTag();
        List<Statement> body = body(Set.of(end));
        in.next();
        endTag();
        return body;
    }

    private void endTag() {
        in.expect(Token.Kind.BLOCK_END, "expected the end of the tag");
    }

    private Statement statement() {
        Token keyword = in.expect(Token.Kind.NAME, "expected a statement");
        int line = keyword.line();
        return switch (keyword.text()) {
            case "if" -> ifStatement(line);
            case "for" -> forStatement(line);
            case "set" -> setStatement(line);
            case "with" -> withStatement(line);
            case "filter" -> {
                List<Statement.Filter> filters = filters();
                yield new Statement.FilterBlock(line, filters, bodyTo("endfilter"));
            }
            case "macro" -> macroStatement(line);
            case "call" -> callStatement(line);
            case "generation" -> new Statement.Group(line, bodyTo("endgeneration"));
            case "break" -> {
                inLoop(keyword);
                yield new Statement.Break(line);
            }
            case "continue" -> {
                inLoop(keyword);
                yield new Statement.Continue(line);
            }
            default -> throw TemplateException.syntax(line, "unknown statement '" + keyword.text() + "'");
        };
    }

    private void inLoop(Token keyword) {
        if (loops == 0) {
            throw TemplateException.syntax(keyword.line(), "'" + keyword.text() + "' outside a loop");
        }
        endTag();
    }

    private Statement ifStatement(int line) {
        List<Statement.If.Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        boolean more = true;
        while (more) {
            Expression condition = expressions.tuple();
            endTag();
            branches.add(new Statement.If.Branch(condition, body(Set.of("elif", "else", "endif"))));
            more = in.skipName("elif");
        }
        if (in.skipName("else")) {
            endTag();
            otherwise = body(Set.of("endif"));
        }
        in.next();
        endTag();
        return new Statement.If(line, branches, otherwise);
    }

    private Statement forStatement(int line) {
        Statement.Target target = target();
        if (!in.skipName("in")) {
            throw in.unexpected("expected 'in'");
        }
        Expression items = expressions.or();
        Expression condition = in.skipName("if") ? expressions.expression() : null;
        if (in.atName("recursive")) {
            throw in.unexpected("recursive loops are not supported");
        }
        endTag();
        loops++;
        List<Statement> body = body(Set.of("else", "endfor"));
        loops--;
        List<Statement> otherwise = List.of();
        if (in.skipName("else")) {
            endTag();
            otherwise = body(Set.of("endfor"));
        }
        in.next();
        endTag();
        return new Statement.For(line, target, items, condition, body, otherwise);
    }

    private Statement.Target target() {
        Statement.Target first = singleTarget();
        if (!in.at(",")) {
            return first;
        }
        List<Statement.Target> targets = new ArrayList<>(List.of(first));
        while (in.skip(",")) {
            targets.add(singleTarget());
        }
        return new Statement.Target.Several(targets);
    }

    private Statement.Target singleTarget() {
        if (in.skip("(")) {
            in.enter();
            Statement.Target inner = target();
            in.leave();
            in.expect(")");
            return inner;
        }
        String name = in.expectName();
        return in.skip(".")
                ? new Statement.Target.NamespaceAttribute(name, in.expectName())
                : new Statement.Target.Variable(name);
    }

    private Statement setStatement(int line) {
        Statement.Target target = target();
        if (in.skip("=")) {
            Expression value = expressions.tuple();
            endTag();
            return new Statement.Set(line, target, value);
        }
        List<Statement.Filter> filters = in.skip("|") ? filters() : List.of();
        return new Statement.SetBlock(line, target, filters, bodyTo("endset"));
    }

    private List<Statement.Filter> filters() {
        List<Statement.Filter> filters = new ArrayList<>(List.of(expressions.filter()));
        while (in.skip("|")) {
            filters.add(expressions.filter());
        }
        return filters;
    }

    private Statement withStatement(int line) {
        List<Statement.Set> variables = new ArrayList<>();
        while (in.peek().kind() != Token.Kind.BLOCK_END) {
            if (!variables.isEmpty()) {
                in.expect(",");
            }
            Statement.Target target = singleTarget();
            in.expect("=");
            variables.add(new Statement.Set(line, target, expressions.expression()));
        }
        return new Statement.With(line, variables, bodyTo("endwith"));
    }

    private Statement macroStatement(int line) {
        String name = in.expectName();
        return new Statement.MacroDefinition(line, macro(name, "endmacro"));
    }

    private Statement callStatement(int line) {
        List<String> parameters = new ArrayList<>();
        Map<String, Expression> defaults = new LinkedHashMap<>();
        if (in.at("(")) {
            parameters(parameters, defaults);
        }
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw TemplateException.syntax(line, "'call' without a call");
        }
        return new Statement.CallBlock(
                line, new Statement.Macro("caller", parameters, defaults, macroBody("endcall")), call);
    }

    private Statement.Macro macro(String name, String end) {
        List<String> parameters = new ArrayList<>();
        Map<String, Expression> defaults = new LinkedHashMap<>();
        parameters(parameters, defaults);
        return new Statement.Macro(name, parameters, defaults, macroBody(end));
    }

    private List<Statement> macroBody(String end) {
        int outside = loops;
        loops = 0;
        List<Statement> body = bodyTo(end);
        loops = outside;
        return body;
    }

    private void parameters(List<String> parameters, Map<String, Expression> defaults) {
        in.expect("(");
        while (!in.skip(")")) {
            String parameter = in.expectName();
            parameters.add(parameter);
            if (in.skip("=")) {
                defaults.put(parameter, expressions.expression());
            }
            if (!in.at(")")) {
                in.expect(",");
            }
        }
    }
}
