// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.List;
import java.util.Map;

/**
 * What the values of a template are: {@link String}, {@link Long}, {@link Double}, {@link Boolean}, {@link None},
 * {@link Undefined}, {@link List} ({@link Tuple} among them), {@link Map}, {@link Namespace}, {@link Callable} and
 * {@link Loop}, with Python's rules for them.
 */
final class Values {
    private Values() {}

    static boolean isTrue(Object value) {
        return switch (value) {
            case Boolean b -> b;
            case Long l -> l != 0;
            case Double d -> d != 0;
            case String s -> !s.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case Undefined _, None _ -> false;
            default -> true;
        };
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    /** Whether a value is an integer, as which true and false count. */
    static boolean isIntegral(Object value) {
        return value instanceof Long || value instanceof Boolean;
    }

    static long integral(Object value) {
        return switch (value) {
            case Long l -> l;
            case Boolean b -> b ? 1 : 0;
            case Undefined undefined -> throw undefined.used();
            default -> throw TemplateException.type("expected an integer, found " + typeName(value));
        };
    }

    /** An integer within the range of indices; what lies outside becomes its limit. */
    static int integer(Object value) {
        return Math.clamp(integral(value), Integer.MIN_VALUE + 1, Integer.MAX_VALUE);
    }

    static double number(Object value) {
        return value instanceof Double d ? d : integral(value);
    }

    static String text(Object value) {
        return switch (value) {
            case String s -> s;
            case Undefined undefined -> throw undefined.used();
            default -> throw TemplateException.type("expected a string, found " + typeName(value));
        };
    }

    @SuppressWarnings("unchecked") // every list holds values
    static List<Object> list(Object value) {
        return (List<Object>) value;
    }

    @SuppressWarnings("unchecked") // every map holds values
    static Map<Object, Object> map(Object value) {
        return (Map<Object, Object>) value;
    }

    /** {@code value} as a key of a map, one kind for numbers that are equal. */
    static Object key(Object value) {
        return switch (value) {
            case Boolean b -> b ? 1L : 0L;
            case Double d when d == Math.rint(d) && Math.abs(d) < 1L << 53 -> d.longValue();
            case String _, Long _, Double _, None _ -> value;
            case Undefined undefined -> throw undefined.used();
            default -> throw TemplateException.type("a " + typeName(value) + " cannot be a key");
        };
    }

    /** Python's name of a value's type. */
    static String typeName(Object value) {
        return switch (value) {
            case String _ -> "str";
            case Long _ -> "int";
            case Double _ -> "float";
            case Boolean _ -> "bool";
            case None _ -> "NoneType";
            case Undefined _ -> "Undefined";
            case Tuple _ -> "tuple";
            case List<?> _ -> "list";
            case Map<?, ?> _ -> "dict";
            case Namespace _ -> "Namespace";
            case Loop _ -> "LoopContext";
            default -> "function";
        };
    }
}
