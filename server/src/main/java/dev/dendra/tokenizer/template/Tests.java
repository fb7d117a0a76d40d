// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Jinja's tests, behind {@code is}. */
final class Tests {
    private final Operators operators;

    Tests(Operators operators) {
        this.operators = operators;
    }

    /** Whether a value passes a test. */
    boolean passes(String name, Object value, Arguments arguments) {
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value instanceof None;
            case "string" -> value instanceof String;
            case "mapping" -> value instanceof Map<?, ?>;
            case "iterable", "sequence" ->
                value instanceof String
                        || value instanceof List<?>
                        || value instanceof Map<?, ?>
                        || value instanceof Undefined;
            case "number" -> Values.isNumber(value);
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "boolean" -> value instanceof Boolean;
            case "true" -> value.equals(true);
            case "false" -> value.equals(false);
            case "callable" -> value instanceof Callable;
            case "odd" -> Math.floorMod(Values.integral(value), 2) == 1;
            case "even" -> Math.floorMod(Values.integral(value), 2) == 0;
            case "divisibleby" -> operators.equal(operators.arithmetic("%", value, arguments.require(0, "num")), 0L);
            case "upper" -> Values.text(value).equals(Values.text(value).toUpperCase(Locale.ROOT));
            case "lower" -> Values.text(value).equals(Values.text(value).toLowerCase(Locale.ROOT));
            default -> compares(name, value, arguments);
        };
    }

    private boolean compares(String name, Object value, Arguments arguments) {
        String operator = switch (name) {
            case "eq", "equalto", "sameas" -> "==";
            case "ne" -> "!=";
            case "lt", "lessthan" -> "<";
            case "le" -> "<=";
            case "gt", "greaterthan" -> ">";
            case "ge" -> ">=";
            case "in" -> "in";
            default -> throw TemplateException.type("unknown test '" + name + "'");
        };
        return operators.compare(operator, value, arguments.require(0, "other"));
    }
}
