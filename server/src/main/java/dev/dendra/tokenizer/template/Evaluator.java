// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values of expressions. Attributes are those of maps, namespaces, loops and the listed methods; Java's are not seen. */
final class Evaluator {
    private final Budget budget;
    private final Operators operators;
    private final Methods methods;
    private final Filters filters;
    private final Tests tests;
    private final ItemFilters itemFilters;

    Evaluator(Budget budget) {
        this.budget = budget;
        this.operators = new Operators(budget);
        this.methods = new Methods(operators, budget);
        this.filters = new Filters(operators, budget);
        this.tests = new Tests(operators);
        this.itemFilters = new ItemFilters(operators, filters, tests, budget);
    }

    Operators operators() {
        return operators;
    }

    Object value(Expression expression, Scope scope) {
        budget.enter();
        Object value = computed(expression, scope);
        budget.leave();
        return value;
    }

    private Object computed(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.ListOf list -> values(list.items(), scope);
            case Expression.TupleOf tuple -> new Tuple(values(tuple.items(), scope));
            case Expression.DictOf dict -> dict(dict, scope);
            case Expression.Attribute attribute -> attribute(value(attribute.target(), scope), attribute.name());
            case Expression.Item item -> item(value(item.target(), scope), value(item.index(), scope));
            case Expression.Slice slice ->
                operators.slice(
                        value(slice.target(), scope),
                        valueOrNone(slice.start(), scope),
                        valueOrNone(slice.stop(), scope),
                        valueOrNone(slice.step(), scope));
            case Expression.Call call -> call(value(call.callee(), scope), arguments(call.arguments(), scope));
            case Expression.Filtered filtered ->
                filter(filtered.filter(), value(filtered.target(), scope), arguments(filtered.arguments(), scope));
            case Expression.Tested tested ->
                tests.passes(tested.test(), value(tested.target(), scope), arguments(tested.arguments(), scope));
            case Expression.Not not -> !Values.isTrue(value(not.operand(), scope));
            case Expression.Negative negative ->
                operators.arithmetic("*", -1L, number(value(negative.operand(), scope)));
            case Expression.Positive positive -> number(value(positive.operand(), scope));
            case Expression.Arithmetic arithmetic ->
                operators.arithmetic(
                        arithmetic.operator(), value(arithmetic.left(), scope), value(arithmetic.right(), scope));
            case Expression.Concatenation concatenation -> concatenated(concatenation.parts(), scope);
            case Expression.Comparison comparison -> compared(comparison, scope);
            case Expression.And and -> firstThat(false, and.operands(), scope);
            case Expression.Or or -> firstThat(true, or.operands(), scope);
            case Expression.Conditional conditional -> conditional(conditional, scope);
        };
    }

    private static Object number(Object value) {
        return value instanceof Double ? value : (Object) Values.integral(value);
    }

    private Object valueOrNone(@Nullable Expression expression, Scope scope) {
        return expression == null ? None.NONE : value(expression, scope);
    }

    private List<Object> values(List<Expression> expressions, Scope scope) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(value(expression, scope));
        }
        return values;
    }

    private Map<Object, Object> dict(Expression.DictOf dict, Scope scope) {
        Map<Object, Object> values = new LinkedHashMap<>();
        for (Expression.DictOf.Entry entry : dict.entries()) {
            values.put(Values.key(value(entry.key(), scope)), value(entry.value(), scope));
        }
        return values;
    }

    Arguments arguments(Expression.CallArguments arguments, Scope scope) {
        Map<String, Object> named = new LinkedHashMap<>();
        arguments.named().forEach((name, expression) -> named.put(name, value(expression, scope)));
        return new Arguments(values(arguments.positional(), scope), named);
    }

    private Object attribute(Object target, String name) {
        if (target instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (name.startsWith("__")) {
            throw TemplateException.type("attribute '" + name + "' is not accessible");
        }
        if (methods.has(target, name)) {
            return (Callable) arguments -> methods.call(target, name, arguments);
        }
        return switch (target) {
            case Namespace namespace -> namespace.get(name);
            case Loop loop -> loop.get(name);
            default -> operators.item(target, name);
        };
    }

    private Object item(Object target, Object index) {
        boolean attribute = index instanceof String && (target instanceof Namespace || target instanceof Loop);
        return attribute ? attribute(target, Values.text(index)) : operators.item(target, index);
    }

    Object call(Object callee, Arguments arguments) {
        return switch (callee) {
            case Callable callable -> callable.call(arguments);
            case Undefined undefined -> throw undefined.used();
            default -> throw TemplateException.type("a " + Values.typeName(callee) + " cannot be called");
        };
    }

    /** Applies a filter by name. */
    Object filter(String name, Object value, Arguments arguments) {
        return ItemFilters.NAMES.contains(name)
                ? itemFilters.apply(name, value, arguments)
                : filters.apply(name, value, arguments);
    }

    private Object concatenated(List<Expression> parts, Scope scope) {
        StringBuilder out = new StringBuilder();
        for (Expression part : parts) {
            String text = Text.of(value(part, scope), budget);
            budget.make(text.length());
            out.append(text);
        }
        return out.toString();
    }

    private boolean compared(Expression.Comparison comparison, Scope scope) {
        Object left = value(comparison.first(), scope);
        for (Expression.Comparison.Comparand comparand : comparison.rest()) {
            Object right = value(comparand.operand(), scope);
            if (!operators.compare(comparand.operator(), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    /** The first operand with that truth, else the last. */
    private Object firstThat(boolean truth, List<Expression> operands, Scope scope) {
        Object value = None.NONE;
        for (Expression operand : operands) {
            value = value(operand, scope);
            if (Values.isTrue(value) == truth) {
                break;
            }
        }
        return value;
    }

    private Object conditional(Expression.Conditional conditional, Scope scope) {
        if (Values.isTrue(value(conditional.condition(), scope))) {
            return value(conditional.then(), scope);
        }
        Expression otherwise = conditional.otherwise();
        return otherwise == null ? new Undefined("the value of an 'if' without 'else'") : value(otherwise, scope);
    }
}
