// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;

/** The methods that strings have, as Python's {@code str} has them. */
final class StringMethods {
    static final Set<String> NAMES = Set.of(
            "strip",
            "lstrip",
            "rstrip",
            "split",
            "rsplit",
            "splitlines",
            "startswith",
            "endswith",
            "upper",
            "lower",
            "title",
            "capitalize",
            "replace",
            "join",
            "find",
            "count",
            "removeprefix",
            "removesuffix",
            "isdigit",
            "isalpha",
            "isspace",
            "isupper",
            "islower");

    private final Operators operators;
    private final Budget budget;

    StringMethods(Operators operators, Budget budget) {
        this.operators = operators;
        this.budget = budget;
    }

    Object call(String text, String name, Arguments arguments) {
        budget.read(text.length());
        return switch (name) {
            case "strip" -> made(strip(text, arguments.get(0, "chars", None.NONE), true, true));
            case "lstrip" -> made(strip(text, arguments.get(0, "chars", None.NONE), true, false));
            case "rstrip" -> made(strip(text, arguments.get(0, "chars", None.NONE), false, true));
            case "split" -> split(text, arguments);
            case "rsplit" -> splitFromRight(text, arguments);
            case "splitlines" -> lines(text);
            case "startswith" -> matchesAny(arguments.require(0, "prefix"), text::startsWith);
            case "endswith" -> matchesAny(arguments.require(0, "suffix"), text::endsWith);
            case "upper" -> made(text.toUpperCase(Locale.ROOT));
            case "lower" -> made(text.toLowerCase(Locale.ROOT));
            case "title" -> made(title(text));
            case "capitalize" -> made(capitalize(text));
            case "replace" ->
                replace(text, arguments.text(0, "old"), arguments.text(1, "new"), arguments.integer(2, "count", -1));
            case "join" -> join(text, operators.items(arguments.require(0, "iterable")));
            case "find" -> find(text, arguments.text(0, "sub"));
            case "count" -> count(text, arguments.text(0, "sub"));
            case "removeprefix" -> {
                String prefix = arguments.text(0, "prefix");
                yield made(text.startsWith(prefix) ? text.substring(prefix.length()) : text);
            }
            case "removesuffix" -> {
                String suffix = arguments.text(0, "suffix");
                yield made(text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text);
            }
            case "isdigit" -> all(text, Character::isDigit);
            case "isalpha" -> all(text, Character::isLetter);
            case "isspace" -> all(text, c -> c < 0x10000 && Text.isSpace((char) c));
            case "isupper" -> cased(text) && text.equals(text.toUpperCase(Locale.ROOT));
            default -> cased(text) && text.equals(text.toLowerCase(Locale.ROOT));
        };
    }

    private String made(String text) {
        budget.make(text.length());
        return text;
    }

    private String strip(String text, Object characters, boolean left, boolean right) {
        if (characters instanceof None) {
            String stripped = left ? Text.stripLeading(text) : text;
            return right ? Text.stripTrailing(stripped) : stripped;
        }
        String set = Values.text(characters);
        budget.read((long) text.length() * Math.clamp(set.length(), 1, 64));
        int start = 0;
        int end = text.length();
        while (left && start < end && set.indexOf(text.codePointAt(start)) >= 0) {
            start += Character.charCount(text.codePointAt(start));
        }
        while (right && start < end && set.indexOf(text.codePointBefore(end)) >= 0) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(start, end);
    }

    private List<Object> split(String text, Arguments arguments) {
        int most = arguments.integer(1, "maxsplit", -1);
        Object separator = arguments.get(0, "sep", None.NONE);
        budget.make(text.length());
        return separator instanceof None
                ? splitAtSpace(text, most)
                : splitAt(text, nonEmpty(Values.text(separator)), most);
    }

    private static String nonEmpty(String separator) {
        if (separator.isEmpty()) {
            throw TemplateException.type("empty separator");
        }
        return separator;
    }

    private List<Object> splitAt(String text, String separator, int most) {
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = operators.indexOf(text, separator, 0);
                at >= 0 && (most < 0 || parts.size() < most);
                at = operators.indexOf(text, separator, from)) {
            budget.steps(1);
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    private List<Object> splitAtSpace(String text, int most) {
        List<Object> parts = new ArrayList<>();
        int from = skip(text, 0, true);
        while (from < text.length()) {
            budget.steps(1);
            if (most >= 0 && parts.size() == most) {
                parts.add(Text.stripTrailing(text.substring(from)));
                break;
            }
            int end = skip(text, from, false);
            parts.add(text.substring(from, end));
            from = skip(text, end, true);
        }
        return parts;
    }

    private static int skip(String text, int from, boolean space) {
        int at = from;
        while (at < text.length() && Text.isSpace(text.charAt(at)) == space) {
            at++;
        }
        return at;
    }

    private List<Object> splitFromRight(String text, Arguments arguments) {
        int most = arguments.integer(1, "maxsplit", -1);
        if (most < 0) {
            return split(text, arguments);
        }
        String separator = nonEmpty(arguments.text(0, "sep"));
        budget.make(text.length());
        budget.read((long) text.length() * Math.clamp(separator.length(), 1, 64));
        List<Object> parts = new ArrayList<>();
        int end = text.length();
        for (int at = text.lastIndexOf(separator); at >= 0 && parts.size() < most; ) {
            budget.steps(1);
            parts.add(text.substring(at + separator.length(), end));
            end = at;
            at = at == 0 ? -1 : text.lastIndexOf(separator, at - separator.length());
        }
        parts.add(text.substring(0, end));
        Collections.reverse(parts);
        return parts;
    }

    private List<Object> lines(String text) {
        budget.make(text.length());
        List<Object> lines = new ArrayList<>();
        text.lines().forEach(line -> {
            budget.steps(1);
            lines.add(line);
        });
        return lines;
    }

    private boolean matchesAny(Object wanted, java.util.function.Predicate<String> matches) {
        if (wanted instanceof Tuple several) {
            return several.stream().anyMatch(one -> matchesAny(one, matches));
        }
        budget.steps(1);
        return matches.test(Values.text(wanted));
    }

    static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = Character.isLetter(c);
        }
        return out.toString();
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = Character.charCount(text.codePointAt(0));
        return text.substring(0, first).toUpperCase(Locale.ROOT)
                + text.substring(first).toLowerCase(Locale.ROOT);
    }

    String replace(String text, String old, String replacement, int most) {
        if (old.isEmpty()) {
            throw TemplateException.type("replacing empty text is not supported");
        }
        StringBuilder out = new StringBuilder();
        int from = 0;
        int count = 0;
        for (int at = operators.indexOf(text, old, 0);
                at >= 0 && (most < 0 || count < most);
                at = operators.indexOf(text, old, from)) {
            budget.make((long) at - from + replacement.length());
            out.append(text, from, at).append(replacement);
            from = at + old.length();
            count++;
        }
        budget.make((long) text.length() - from);
        return out.append(text, from, text.length()).toString();
    }

    String join(String separator, List<Object> items) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < items.size(); i++) {
            String item = Values.text(items.get(i));
            budget.steps(1);
            budget.make((long) separator.length() + item.length());
            out.append(i > 0 ? separator : "").append(item);
        }
        return out.toString();
    }

    private long find(String text, String part) {
        int at = operators.indexOf(text, part, 0);
        return at < 0 ? -1 : text.codePointCount(0, at);
    }

    private long count(String text, String part) {
        return (long) splitAt(text, nonEmpty(part), -1).size() - 1;
    }

    private static boolean all(String text, IntPredicate predicate) {
        return !text.isEmpty() && text.codePoints().allMatch(predicate);
    }

    private static boolean cased(String text) {
        return text.codePoints().anyMatch(c -> Character.isUpperCase(c) || Character.isLowerCase(c));
    }
}
