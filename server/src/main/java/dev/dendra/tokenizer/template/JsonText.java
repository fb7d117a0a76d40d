// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Writes values as Python's {@code json.dumps} does. */
final class JsonText {
    private final Budget budget;
    private final int indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean asciiOnly;
    private final boolean sortsKeys;
    private final StringBuilder out = new StringBuilder();

    private JsonText(Budget budget, Arguments options) {
        this.budget = budget;
        Object indentation = options.get(1, "indent", None.NONE);
        this.indent = indentation instanceof None ? -1 : Math.clamp(Values.integer(indentation), 0, 64);
        Object separators = options.get(2, "separators", None.NONE);
        if (separators instanceof List<?> pair && pair.size() == 2) {
            this.itemSeparator = Values.text(Values.list(pair).get(0));
            this.keySeparator = Values.text(Values.list(pair).get(1));
        } else {
            this.itemSeparator = indent < 0 ? ", " : ",";
            this.keySeparator = ": ";
        }
        this.asciiOnly = options.flag(0, "ensure_ascii");
        this.sortsKeys = options.flag(3, "sort_keys");
    }

    /** {@code value} as JSON; options as Hugging Face's filter {@code tojson} has them. */
    static String of(Object value, Arguments options, Budget budget) {
        JsonText text = new JsonText(budget, options);
        text.write(value, 0);
        return text.out.toString();
    }

    private void write(Object value, int level) {
        budget.enter();
        budget.make(8);
        switch (value) {
            case String s -> quote(s);
            case Boolean b -> out.append(b.booleanValue());
            case Long l -> out.append(l.longValue());
            case Double d -> out.append(number(d));
            case None _ -> out.append("null");
            case List<?> list -> {
                out.append('[');
                for (int i = 0; i < list.size(); i++) {
                    separate(i, level + 1);
                    write(Values.list(list).get(i), level + 1);
                }
                close(list.isEmpty(), level, ']');
            }
            case Map<?, ?> map -> object(map, level);
            case Undefined undefined -> throw TemplateException.type(undefined.description() + " cannot be JSON");
            default -> throw TemplateException.type("a " + Values.typeName(value) + " cannot be JSON");
        }
        budget.leave();
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        return Double.isInfinite(value) ? (value > 0 ? "Infinity" : "-Infinity") : Text.number(value);
    }

    private void object(Map<?, ?> map, int level) {
        out.append('{');
        List<? extends Map.Entry<?, ?>> entries = List.copyOf(map.entrySet());
        if (sortsKeys) {
            entries = entries.stream()
                    .sorted(Comparator.comparing(entry -> key(entry.getKey())))
                    .toList();
        }
        int count = 0;
        for (Map.Entry<?, ?> entry : entries) {
            separate(count++, level + 1);
            quote(key(entry.getKey()));
            out.append(keySeparator);
            write(entry.getValue(), level + 1);
        }
        close(entries.isEmpty(), level, '}');
    }

    private static String key(Object key) {
        return switch (key) {
            case String s -> s;
            case Long l -> l.toString();
            case Double d -> number(d);
            default -> "null";
        };
    }

    private void separate(int count, int level) {
        if (count > 0) {
            out.append(itemSeparator);
        }
        newLine(level);
    }

    private void close(boolean empty, int level, char bracket) {
        if (!empty) {
            newLine(level);
        }
        out.append(bracket);
    }

    private void newLine(int level) {
        if (indent >= 0) {
            budget.make(1L + (long) indent * level);
            out.append('\n').repeat(' ', indent * level);
        }
    }

    private void quote(String text) {
        budget.make(text.length() + 2L);
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c < ' ' || (asciiOnly && c > 0x7E)) {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
