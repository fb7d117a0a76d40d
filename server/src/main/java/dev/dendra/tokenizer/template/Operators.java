// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Operators and what else values do with each other, by Python's rules, charged to a budget. */
final class Operators {
    private final Budget budget;

    Operators(Budget budget) {
        this.budget = budget;
    }

    Object arithmetic(String operator, Object left, Object right) {
        if (left instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (Values.isIntegral(left) && Values.isIntegral(right)) {
            return integers(operator, Values.integral(left), Values.integral(right));
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return numbers(operator, Values.number(left), Values.number(right));
        }
        if (operator.equals("+") && left instanceof String a && right instanceof String b) {
            budget.make((long) a.length() + b.length());
            return a + b;
        }
        if (operator.equals("+")
                && left instanceof List<?> a
                && right instanceof List<?> b
                && left instanceof Tuple == right instanceof Tuple) {
            budget.steps((long) a.size() + b.size());
            List<Object> joined = new ArrayList<>(a);
            joined.addAll(b);
            return left instanceof Tuple ? new Tuple(joined) : joined;
        }
        if (operator.equals("*") && Values.isIntegral(right)) {
            return repeated(left, Math.max(0, Values.integral(right)));
        }
        if (operator.equals("*") && Values.isIntegral(left)) {
            return repeated(right, Math.max(0, Values.integral(left)));
        }
        if (operator.equals("%") && left instanceof String format) {
            return new PrintfFormat(budget).format(format, right instanceof Tuple tuple ? tuple : List.of(right));
        }
        throw TemplateException.type(
                "'" + operator + "' does not go with " + Values.typeName(left) + " and " + Values.typeName(right));
    }

    private Object repeated(Object value, long count) {
        long times = Math.min(count, Integer.MAX_VALUE);
        if (value instanceof String text) {
            budget.make(text.length() * times);
            return text.isEmpty() ? "" : text.repeat((int) times);
        }
        if (value instanceof List<?> list) {
            budget.steps(list.size() * times);
            List<Object> result = new ArrayList<>();
            for (long i = 0; i < times && !list.isEmpty(); i++) {
                result.addAll(list);
            }
            return value instanceof Tuple ? new Tuple(result) : result;
        }
        throw TemplateException.type("'*' does not go with " + Values.typeName(value) + " and int");
    }

    private static Object integers(String operator, long left, long right) {
        try {
            return switch (operator) {
                case "+" -> Math.addExact(left, right);
                case "-" -> Math.subtractExact(left, right);
                case "*" -> Math.multiplyExact(left, right);
                case "/" -> (double) left / nonZero(right);
                case "//" -> Math.floorDivExact(left, nonZero(right));
                case "%" -> Math.floorMod(left, nonZero(right));
                default ->
                    right < 0 ? (Object) Math.pow((double) left, (double) right) : Math.powExact(left, exponent(right));
            };
        } catch (ArithmeticException e) {
            throw new TemplateException(TemplateException.Kind.LIMIT, "a number has more than 64 bits");
        }
    }

    private static int exponent(long right) {
        if (right > 64) {
            throw new TemplateException(TemplateException.Kind.LIMIT, "exponents end at 64");
        }
        return (int) right;
    }

    private static long nonZero(long divisor) {
        if (divisor == 0) {
            throw TemplateException.type("division by zero");
        }
        return divisor;
    }

    private static Object numbers(String operator, double left, double right) {
        if (right == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw TemplateException.type("division by zero");
        }
        return switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> left / right;
            case "//" -> Math.floor(left / right);
            case "%" -> left - right * Math.floor(left / right);
            default -> Math.pow(left, right);
        };
    }

    boolean compare(String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> equal(left, right);
            case "!=" -> !equal(left, right);
            case "in" -> contains(right, left);
            case "not in" -> !contains(right, left);
            case "<" -> order(left, right) < 0;
            case "<=" -> order(left, right) <= 0;
            case ">" -> order(left, right) > 0;
            default -> order(left, right) >= 0;
        };
    }

    boolean equal(Object left, Object right) {
        budget.enter();
        boolean equal = switch (left) {
            case String a
            when right instanceof String b -> {
                budget.read(Math.min(a.length(), b.length()));
                yield a.equals(b);
            }
            case List<?> a
            when right instanceof List<?> b && left instanceof Tuple == right instanceof Tuple ->
                equalLists(Values.list(a), Values.list(b));
            case Map<?, ?> a when right instanceof Map<?, ?> b -> equalMaps(Values.map(a), Values.map(b));
            case Undefined _ -> right instanceof Undefined;
            case List<?> _, Map<?, ?> _ -> false;
            default -> equalScalars(left, right);
        };
        budget.leave();
        return equal;
    }

    private static boolean equalScalars(Object left, Object right) {
        if (Values.isIntegral(left) && Values.isIntegral(right)) {
            return Values.integral(left) == Values.integral(right);
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return Values.number(left) == Values.number(right);
        }
        return left.equals(right);
    }

    private boolean equalLists(List<Object> left, List<Object> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!equal(left.get(i), right.get(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean equalMaps(Map<Object, Object> left, Map<Object, Object> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (Map.Entry<Object, Object> entry : left.entrySet()) {
            Object other = right.get(entry.getKey());
            if (other == null || !equal(entry.getValue(), other)) {
                return false;
            }
        }
        return true;
    }

    int order(Object left, Object right) {
        budget.enter();
        int order;
        if (left instanceof Undefined undefined) {
            throw undefined.used();
        } else if (right instanceof Undefined undefined) {
            throw undefined.used();
        } else if (Values.isIntegral(left) && Values.isIntegral(right)) {
            order = Long.compare(Values.integral(left), Values.integral(right));
        } else if (Values.isNumber(left) && Values.isNumber(right)) {
            order = Double.compare(Values.number(left), Values.number(right));
        } else if (left instanceof String a && right instanceof String b) {
            budget.read(Math.min(a.length(), b.length()));
            order = a.compareTo(b);
        } else if (left instanceof List<?> a && right instanceof List<?> b) {
            order = orderLists(Values.list(a), Values.list(b));
        } else {
            throw TemplateException.type(Values.typeName(left) + " and " + Values.typeName(right) + " have no order");
        }
        budget.leave();
        return order;
    }

    private int orderLists(List<Object> left, List<Object> right) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!equal(left.get(i), right.get(i))) {
                return order(left.get(i), right.get(i));
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    boolean contains(Object container, Object value) {
        return switch (container) {
            case String text -> indexOf(text, Values.text(value), 0) >= 0;
            case List<?> list -> Values.list(list).stream().anyMatch(item -> equal(item, value));
            case Map<?, ?> map -> map.containsKey(Values.key(value));
            case Undefined _ -> false;
            default -> throw TemplateException.type("'in' does not go with " + Values.typeName(container));
        };
    }

    /** {@code text.indexOf(part, from)}, whose worst case is the product of the lengths. */
    int indexOf(String text, String part, int from) {
        int found = text.indexOf(part, from);
        long end = found < 0 ? text.length() : found + part.length();
        budget.read(Math.max(1, end - from) * Math.clamp(part.length(), 1, 64));
        return found;
    }

    /** The items that a loop over {@code value} goes through; the list itself where it is one. */
    List<Object> items(Object value) {
        return switch (value) {
            case List<?> list -> Values.list(list);
            case Map<?, ?> map -> {
                budget.steps(map.size());
                yield new ArrayList<>(map.keySet());
            }
            case String text -> {
                budget.steps(text.length());
                List<Object> characters = new ArrayList<>();
                text.codePoints().forEach(c -> characters.add(Character.toString(c)));
                yield characters;
            }
            case Undefined _ -> List.of();
            default -> throw TemplateException.type("a " + Values.typeName(value) + " has no items");
        };
    }

    /** Python's {@code len}. */
    long length(Object value) {
        return switch (value) {
            case String text -> {
                budget.read(text.length());
                yield text.codePointCount(0, text.length());
            }
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case Undefined _ -> 0;
            default -> throw TemplateException.type("a " + Values.typeName(value) + " has no length");
        };
    }

    /** {@code target[index]}; undefined where there is no such item. */
    Object item(Object target, Object index) {
        if (target instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (target instanceof Map<?, ?> map && !(index instanceof List<?>) && !(index instanceof Undefined)) {
            Object value = Values.map(map).get(Values.key(index));
            return value == null ? missing(target, index) : value;
        }
        if (target instanceof List<?> list && Values.isIntegral(index)) {
            int at = place(Values.integral(index), list.size());
            return at < 0 ? missing(target, index) : Values.list(list).get(at);
        }
        if (target instanceof String text && Values.isIntegral(index)) {
            int at = place(Values.integral(index), (int) length(text));
            return at < 0
                    ? missing(target, index)
                    : Character.toString(text.codePointAt(text.offsetByCodePoints(0, at)));
        }
        return missing(target, index);
    }

    private static int place(long index, int size) {
        long at = index < 0 ? index + size : index;
        return at >= 0 && at < size ? (int) at : -1;
    }

    private static Undefined missing(Object target, Object index) {
        String name = index instanceof String || index instanceof Long ? "'" + index + "'" : Values.typeName(index);
        return new Undefined("item " + name + " of a " + Values.typeName(target));
    }

    /** {@code target[start:stop:step]}; {@link None} stands for a part left out. */
    Object slice(Object target, Object start, Object stop, Object step) {
        long stride = step instanceof None ? 1 : Values.integral(step);
        if (stride == 0) {
            throw TemplateException.type("slice step cannot be zero");
        }
        if (target instanceof String text) {
            budget.make(2L * text.length());
            int[] characters = text.codePoints().toArray();
            StringBuilder result = new StringBuilder();
            for (int at : places(start, stop, stride, characters.length)) {
                result.appendCodePoint(characters[at]);
            }
            return result.toString();
        }
        if (target instanceof List<?> list) {
            budget.steps(list.size());
            List<Object> result = new ArrayList<>();
            for (int at : places(start, stop, stride, list.size())) {
                result.add(Values.list(list).get(at));
            }
            return target instanceof Tuple ? new Tuple(result) : result;
        }
        if (target instanceof Undefined undefined) {
            throw undefined.used();
        }
        throw TemplateException.type("a " + Values.typeName(target) + " has no slices");
    }

    private static int[] places(Object start, Object stop, long step, int size) {
        long first = bound(start, step > 0 ? 0 : size - 1, step, size);
        long end = bound(stop, step > 0 ? size : -1, step, size);
        long count = step > 0 ? Math.ceilDiv(end - first, step) : Math.ceilDiv(first - end, -step);
        int[] places = new int[(int) Math.max(0, count)];
        for (int i = 0; i < places.length; i++) {
            places[i] = (int) (first + i * step);
        }
        return places;
    }

    private static long bound(Object given, long otherwise, long step, int size) {
        if (given instanceof None) {
            return otherwise;
        }
        long at = Values.integral(given);
        long place = at < 0 ? at + size : at;
        return step > 0 ? Math.clamp(place, 0L, size) : Math.clamp(place, -1L, size - 1L);
    }
}
