// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.List;

/** Python's {@code format % values}, for {@code %s %r %d %i %f %x %%} without width. */
final class PrintfFormat {
    private final Budget budget;

    PrintfFormat(Budget budget) {
        this.budget = budget;
    }

    String format(String format, List<Object> values) {
        StringBuilder out = new StringBuilder();
        int used = 0;
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i++);
            if (c != '%') {
                budget.make(1);
                out.append(c);
                continue;
            }
            char kind = i < format.length() ? format.charAt(i++) : ' ';
            if (kind == '%') {
                out.append('%');
                continue;
            }
            if (used == values.size()) {
                throw TemplateException.type("not enough arguments for format string");
            }
            String text = converted(kind, values.get(used++));
            budget.make(text.length());
            out.append(text);
        }
        if (used < values.size()) {
            throw TemplateException.type("not all arguments converted during string formatting");
        }
        return out.toString();
    }

    private String converted(char kind, Object value) {
        return switch (kind) {
            case 's' -> Text.of(value, budget);
            case 'd', 'i' -> Long.toString(value instanceof Double d ? d.longValue() : Values.integral(value));
            case 'x' -> Long.toString(Values.integral(value), 16);
            case 'f' -> "%.6f".formatted(Values.number(value));
            default -> throw TemplateException.type("unsupported format character '" + kind + "'");
        };
    }
}
