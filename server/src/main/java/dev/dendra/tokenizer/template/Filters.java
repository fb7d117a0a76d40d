// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Jinja's filters of one value and its arguments. Those that apply other filters or tests are in {@link ItemFilters}. */
final class Filters {
    private final Operators operators;
    private final Budget budget;
    private final StringMethods strings;

    Filters(Operators operators, Budget budget) {
        this.operators = operators;
        this.budget = budget;
        this.strings = new StringMethods(operators, budget);
    }

    /** Applies a filter. */
    Object apply(String name, Object value, Arguments arguments) {
        return switch (name) {
            case "default", "d" -> {
                boolean replaced =
                        value instanceof Undefined || (arguments.flag(1, "boolean") && !Values.isTrue(value));
                yield replaced ? arguments.get(0, "default_value", "") : value;
            }
            case "trim",
                    "upper",
                    "lower",
                    "title",
                    "capitalize",
                    "replace",
                    "indent",
                    "escape",
                    "e",
                    "format",
                    "wordcount" -> ofText(name, text(value), arguments);
            case "string", "safe" -> text(value);
            case "tojson" -> JsonText.of(value, arguments, budget);
            case "length", "count" -> operators.length(value);
            case "int", "float", "abs", "round" -> ofNumber(name, value, arguments);
            case "items", "dictsort" -> ofMap(name, value);
            default -> ofItems(name, value, arguments);
        };
    }

    private String text(Object value) {
        String text = Text.of(value, budget);
        budget.read(text.length());
        return text;
    }

    private Object ofText(String name, String text, Arguments arguments) {
        budget.make(text.length());
        return switch (name) {
            case "trim" ->
                arguments.get(0, "chars", None.NONE) instanceof None
                        ? Text.strip(text)
                        : strings.call(text, "strip", arguments);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> titleOfWords(text);
            case "capitalize" -> StringMethods.capitalize(text);
            case "replace" ->
                strings.replace(
                        text,
                        text(arguments.require(0, "old")),
                        text(arguments.require(1, "new")),
                        arguments.get(2, "count", None.NONE) instanceof None ? -1 : arguments.integer(2, "count", -1));
            case "indent" -> indent(text, arguments);
            case "format" -> new PrintfFormat(budget).format(text, arguments.positional());
            case "wordcount" ->
                (long) operators
                        .items(strings.call(text, "split", Arguments.NONE))
                        .size();
            default -> escape(text);
        };
    }

    /** Jinja's own notion of a title: words begin after blanks, hyphens and opening brackets. */
    private static String titleOfWords(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean starts = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(starts ? Character.toUpperCase(c) : Character.toLowerCase(c));
            starts = Text.isSpace(c) || "-([{<".indexOf(c) >= 0;
        }
        return out.toString();
    }

    private String escape(String text) {
        String escaped = strings.replace(text, "&", "&amp;", -1);
        escaped = strings.replace(escaped, "<", "&lt;", -1);
        escaped = strings.replace(escaped, ">", "&gt;", -1);
        escaped = strings.replace(escaped, "'", "&#39;", -1);
        return strings.replace(escaped, "\"", "&#34;", -1);
    }

    private String indent(String text, Arguments arguments) {
        Object width = arguments.get(0, "width", 4L);
        String margin = width instanceof String s ? s : " ".repeat(Math.clamp(Values.integer(width), 0, 1024));
        boolean first = arguments.flag(1, "first");
        boolean blank = arguments.flag(2, "blank");
        StringBuilder out = new StringBuilder();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            boolean indented = i == 0 ? first : blank || !lines[i].isEmpty();
            budget.make((long) lines[i].length() + margin.length() + 1);
            out.append(i > 0 ? "\n" : "").append(indented ? margin : "").append(lines[i]);
        }
        return out.toString();
    }

    private Object ofNumber(String name, Object value, Arguments arguments) {
        return switch (name) {
            case "int" -> integer(value, arguments);
            case "float" -> floating(value, arguments);
            case "abs" -> value instanceof Double d ? (Object) Math.abs(d) : Math.absExact(Values.integral(value));
            default -> round(value, arguments);
        };
    }

    private static Object integer(Object value, Arguments arguments) {
        Object otherwise = arguments.get(0, "default", 0L);
        return switch (value) {
            case Long l -> l;
            case Boolean b -> b ? 1L : 0L;
            case Double d -> Double.isFinite(d) ? (Object) d.longValue() : otherwise;
            case String s -> {
                try {
                    yield (long) Double.parseDouble(Text.strip(s));
                } catch (NumberFormatException e) {
                    yield otherwise;
                }
            }
            case Undefined undefined -> throw undefined.used();
            default -> otherwise;
        };
    }

    private static Object floating(Object value, Arguments arguments) {
        Object otherwise = arguments.get(0, "default", 0.0);
        if (value instanceof String s) {
            try {
                return Double.parseDouble(Text.strip(s));
            } catch (NumberFormatException e) {
                return otherwise;
            }
        }
        if (value instanceof Undefined undefined) {
            throw undefined.used();
        }
        return Values.isNumber(value) ? (Object) Values.number(value) : otherwise;
    }

    private static Object round(Object value, Arguments arguments) {
        double number = Values.number(value);
        int digits = Math.clamp(arguments.integer(0, "precision", 0), -300, 300);
        if (!Double.isFinite(number)) {
            return number;
        }
        RoundingMode mode = switch (arguments.text(1, "method", "common")) {
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> RoundingMode.HALF_EVEN;
        };
        return new BigDecimal(number).setScale(digits, mode).doubleValue();
    }

    private Object ofMap(String name, Object value) {
        if (value instanceof Undefined && name.equals("items")) {
            return List.of();
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw TemplateException.type("filter '" + name + "' does not go with " + Values.typeName(value));
        }
        budget.steps(map.size());
        List<Object> items = Methods.items(Values.map(map));
        if (name.equals("dictsort")) {
            items.sort(this::caselessOrderOfKeys);
        }
        return items;
    }

    private int caselessOrderOfKeys(Object left, Object right) {
        return caselessOrder(Values.list(left).get(0), Values.list(right).get(0));
    }

    private int caselessOrder(Object left, Object right) {
        return operators.order(caseless(left), caseless(right));
    }

    private static Object caseless(Object value) {
        return value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
    }

    private Object ofItems(String name, Object value, Arguments arguments) {
        if (name.equals("reverse") && value instanceof String text) {
            budget.make(text.length());
            return new StringBuilder(text).reverse().toString();
        }
        List<Object> items = operators.items(value);
        budget.steps(items.size());
        return switch (name) {
            case "list" -> new ArrayList<>(items);
            case "first" -> items.isEmpty() ? new Undefined("the first of no items") : items.getFirst();
            case "last" -> items.isEmpty() ? new Undefined("the last of no items") : items.getLast();
            case "reverse" -> new ArrayList<>(items.reversed());
            case "join" -> join(items, arguments);
            case "unique" -> unique(items);
            case "sum" -> {
                Object sum = arguments.get(1, "start", 0L);
                for (Object item : items) {
                    sum = operators.arithmetic("+", sum, item);
                }
                yield sum;
            }
            case "min" ->
                items.isEmpty() ? new Undefined("the least of no items") : Collections.min(items, this::caselessOrder);
            case "max" ->
                items.isEmpty()
                        ? new Undefined("the greatest of no items")
                        : Collections.max(items, this::caselessOrder);
            case "sort" -> sorted(items, arguments);
            default -> throw TemplateException.type("unknown filter '" + name + "'");
        };
    }

    private String join(List<Object> items, Arguments arguments) {
        Object attribute = arguments.get(1, "attribute", None.NONE);
        List<Object> texts = new ArrayList<>();
        for (Object item : items) {
            texts.add(text(attribute instanceof None ? item : operators.item(item, attribute)));
        }
        return strings.join(text(arguments.get(0, "d", "")), texts);
    }

    private static List<Object> unique(List<Object> items) {
        Set<Object> seen = new HashSet<>();
        List<Object> unique = new ArrayList<>();
        for (Object item : items) {
            if (seen.add(Values.key(caseless(item)))) {
                unique.add(item);
            }
        }
        return unique;
    }

    private List<Object> sorted(List<Object> items, Arguments arguments) {
        Object attribute = arguments.get(2, "attribute", None.NONE);
        boolean matchesCase = arguments.flag(1, "case_sensitive");
        Comparator<Object> order = matchesCase ? operators::order : this::caselessOrder;
        if (!(attribute instanceof None)) {
            Comparator<Object> ofAttribute = order;
            order = (a, b) -> ofAttribute.compare(operators.item(a, attribute), operators.item(b, attribute));
        }
        List<Object> sorted = new ArrayList<>(items);
        sorted.sort(arguments.flag(0, "reverse") ? order.reversed() : order);
        return sorted;
    }
}
