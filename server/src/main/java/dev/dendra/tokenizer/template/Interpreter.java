// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs the statements of a template once. */
final class Interpreter {
    /** How a statement ends: with the next one, or the loop around it. */
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluator evaluator;
    private StringBuilder out = new StringBuilder();

    Interpreter(Budget budget) {
        this.budget = budget;
        this.evaluator = new Evaluator(budget);
    }

    /** Output of {@code statements}. */
    String run(List<Statement> statements, Scope scope) {
        execute(statements, scope);
        budget.output(out.length());
        return out.toString();
    }

    private Flow execute(List<Statement> statements, Scope scope) {
        for (Statement statement : statements) {
            Flow flow;
            budget.enter();
            try {
                flow = execute(statement, scope);
            } catch (TemplateException e) {
                throw e.isPlaced() ? e : e.at(statement.line());
            }
            budget.leave();
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    private Flow execute(Statement statement, Scope scope) {
        switch (statement) {
            case Statement.Data data -> write(data.text());
            case Statement.Print print -> write(Text.of(evaluator.value(print.value(), scope), budget));
            case Statement.If branching -> {
                return execute(chosen(branching, scope), scope);
            }
            case Statement.For loop -> forEach(loop, scope);
            case Statement.Set set -> assign(set.target(), evaluator.value(set.value(), scope), scope);
            case Statement.SetBlock set ->
                assign(set.target(), filtered(captured(set.body(), scope.inner()), set.filters(), scope), scope);
            case Statement.With with -> {
                Scope inner = scope.inner();
                with.variables().forEach(set -> assign(set.target(), evaluator.value(set.value(), scope), inner));
                return execute(with.body(), inner);
            }
            case Statement.FilterBlock block ->
                write(Text.of(filtered(captured(block.body(), scope.inner()), block.filters(), scope), budget));
            case Statement.MacroDefinition definition ->
                scope.set(definition.macro().name(), macro(definition.macro(), scope));
            case Statement.CallBlock block -> write(Text.of(callWithBody(block, scope), budget));
            case Statement.Group group -> {
                return execute(group.body(), scope);
            }
            case Statement.Break _ -> {
                return Flow.BREAK;
            }
            case Statement.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private void write(String text) {
        budget.output(text.length());
        out.append(text);
    }

    private List<Statement> chosen(Statement.If branching, Scope scope) {
        for (Statement.If.Branch branch : branching.branches()) {
            if (Values.isTrue(evaluator.value(branch.condition(), scope))) {
                return branch.body();
            }
        }
        return branching.otherwise();
    }

    private void forEach(Statement.For statement, Scope scope) {
        List<Object> items = selected(statement, scope);
        Loop loop = new Loop(items);
        while (loop.advance()) {
            budget.steps(1);
            Scope inner = scope.inner();
            inner.set("loop", loop);
            assign(statement.target(), loop.item(), inner);
            if (execute(statement.body(), inner) == Flow.BREAK) {
                break;
            }
        }
        if (items.isEmpty()) {
            execute(statement.otherwise(), scope);
        }
    }

    private List<Object> selected(Statement.For statement, Scope scope) {
        List<Object> items = evaluator.operators().items(evaluator.value(statement.items(), scope));
        Expression condition = statement.condition();
        if (condition == null) {
            return items;
        }
        List<Object> selected = new ArrayList<>();
        for (Object item : items) {
            Scope inner = scope.inner();
            assign(statement.target(), item, inner);
            if (Values.isTrue(evaluator.value(condition, inner))) {
                selected.add(item);
            }
        }
        return selected;
    }

    private void assign(Statement.Target target, Object value, Scope scope) {
        switch (target) {
            case Statement.Target.Variable variable -> scope.set(variable.name(), value);
            case Statement.Target.NamespaceAttribute attribute -> {
                if (!(scope.get(attribute.namespace()) instanceof Namespace namespace)) {
                    throw TemplateException.type("'" + attribute.namespace() + "' is not a namespace");
                }
                namespace.set(attribute.attribute(), value);
            }
            case Statement.Target.Several several -> {
                List<Object> values = evaluator.operators().items(value);
                if (values.size() != several.targets().size()) {
                    throw TemplateException.type("cannot unpack " + values.size() + " values into "
                            + several.targets().size() + " variables");
                }
                for (int i = 0; i < values.size(); i++) {
                    assign(several.targets().get(i), values.get(i), scope);
                }
            }
        }
    }

    private String captured(List<Statement> body, Scope scope) {
        StringBuilder outside = out;
        out = new StringBuilder();
        try {
            execute(body, scope);
            budget.make(out.length());
            return out.toString();
        } finally {
            out = outside;
        }
    }

    private Object filtered(Object value, List<Statement.Filter> filters, Scope scope) {
        Object result = value;
        for (Statement.Filter filter : filters) {
            result = evaluator.filter(filter.name(), result, evaluator.arguments(filter.arguments(), scope));
        }
        return result;
    }

    private Object callWithBody(Statement.CallBlock block, Scope scope) {
        Arguments arguments = evaluator.arguments(block.call().arguments(), scope);
        return evaluator.call(
                evaluator.value(block.call().callee(), scope), arguments.with("caller", macro(block.body(), scope)));
    }

    private Callable macro(Statement.Macro macro, Scope definition) {
        return arguments -> {
            Scope scope = definition.inner();
            List<Object> positional = arguments.positional();
            if (positional.size() > macro.parameters().size()) {
                throw TemplateException.type("macro '" + macro.name() + "' takes not more than "
                        + macro.parameters().size() + " arguments");
            }
            for (int i = 0; i < macro.parameters().size(); i++) {
                String parameter = macro.parameters().get(i);
                Object given = i < positional.size()
                        ? positional.get(i)
                        : arguments.named().get(parameter);
                scope.set(parameter, given == null ? defaultValue(macro, parameter, scope) : given);
            }
            Object caller = arguments.named().get("caller");
            if (caller != null) {
                scope.set("caller", caller);
            }
            return captured(macro.body(), scope);
        };
    }

    private Object defaultValue(Statement.Macro macro, String parameter, Scope scope) {
        @Nullable Expression value = macro.defaults().get(parameter);
        return value == null ? new Undefined("parameter '" + parameter + "'") : evaluator.value(value, scope);
    }
}
