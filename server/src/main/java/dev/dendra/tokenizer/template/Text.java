// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Text as Python has it: what counts as whitespace, and how values are written. */
final class Text {
    private Text() {}

    /** Python's {@code str.isspace} for one character; all of them lie in the basic plane. */
    static boolean isSpace(char c) {
        return switch (Character.getType(c)) {
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F) || c == 0x85;
        };
    }

    static boolean isBlank(String text) {
        return stripLeading(text).isEmpty();
    }

    static String strip(String text) {
        return stripLeading(stripTrailing(text));
    }

    static String stripLeading(String text) {
        int start = 0;
        while (start < text.length() && isSpace(text.charAt(start))) {
            start++;
        }
        return text.substring(start);
    }

    static String stripTrailing(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /** Python's {@code str(value)}. */
    static String of(Object value, Budget budget) {
        return switch (value) {
            case String s -> s;
            case Undefined _ -> "";
            default -> {
                StringBuilder out = new StringBuilder();
                write(value, out, budget);
                yield out.toString();
            }
        };
    }

    /** Appends Python's {@code repr(value)}. */
    private static void write(Object value, StringBuilder out, Budget budget) {
        budget.enter();
        switch (value) {
            case String s -> quote(s, out, budget);
            case Boolean b -> out.append(b ? "True" : "False");
            case Long l -> out.append(l);
            case Double d -> out.append(number(d));
            case None _ -> out.append("None");
            case Undefined _ -> out.append("Undefined");
            case Tuple tuple -> {
                items(tuple, "(", tuple.size() == 1 ? ",)" : ")", out, budget);
            }
            case List<?> list -> items(list, "[", "]", out, budget);
            case Map<?, ?> map -> entries(map, out, budget);
            default -> out.append('<').append(Values.typeName(value)).append('>');
        }
        budget.make(8);
        budget.leave();
    }

    private static void items(List<?> items, String open, String close, StringBuilder out, Budget budget) {
        String separator = open;
        for (Object item : items) {
            out.append(separator);
            write(item, out, budget);
            separator = ", ";
        }
        out.append(items.isEmpty() ? open : "").append(close);
    }

    private static void entries(Map<?, ?> map, StringBuilder out, Budget budget) {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator);
            write(entry.getKey(), out, budget);
            out.append(": ");
            write(entry.getValue(), out, budget);
            separator = ", ";
        }
        out.append(map.isEmpty() ? "{}" : "}");
    }

    private static void quote(String text, StringBuilder out, Budget budget) {
        budget.make(text.length() + 2L);
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (isPrintable(c)) {
                        out.appendCodePoint(c);
                    } else {
                        out.append(escape(c));
                    }
                }
            }
        });
        out.append(quote);
    }

    private static String escape(int codePoint) {
        if (codePoint < 0x100) {
            return "\\x%02x".formatted(codePoint);
        }
        return codePoint < 0x10000 ? "\\u%04x".formatted(codePoint) : "\\U%08x".formatted(codePoint);
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> codePoint == ' ';
            default -> true;
        };
    }

    /** Python's {@code repr} of a float: the shortest digits, an exponent below 1e-4 and from 1e16 on. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = digits.precision() - digits.scale() - 1;
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        if (exponent >= -4 && exponent < 16) {
            String plain = digits.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        String unscaled = digits.unscaledValue().abs().toString();
        String fraction = unscaled.length() > 1 ? "." + unscaled.substring(1) : "";
        return (value < 0 ? "-" : "") + unscaled.charAt(0) + fraction + "e%+03d".formatted(exponent);
    }
}
