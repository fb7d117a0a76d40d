// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Values that a call, filter or test is given.
 *
 * @param positional in order
 * @param named by name
 */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** The argument at {@code index} or of that name, or {@code otherwise}. */
    Object get(int index, String name, Object otherwise) {
        return index < positional.size() ? positional.get(index) : named.getOrDefault(name, otherwise);
    }

    /** The argument at {@code index} or of that name, which must be there. */
    Object require(int index, String name) {
        if (index < positional.size()) {
            return positional.get(index);
        }
        Object value = named.get(name);
        if (value == null) {
            throw TemplateException.type("argument '" + name + "' is missing");
        }
        return value;
    }

    String text(int index, String name, String otherwise) {
        return Values.text(get(index, name, otherwise));
    }

    String text(int index, String name) {
        return Values.text(require(index, name));
    }

    int integer(int index, String name, int otherwise) {
        return Values.integer(get(index, name, (long) otherwise));
    }

    boolean flag(int index, String name) {
        return Values.isTrue(get(index, name, false));
    }

    /** These without the first {@code count} positional ones. */
    Arguments without(int count) {
        return new Arguments(positional.subList(Math.min(count, positional.size()), positional.size()), named);
    }

    /** These with one more by name. */
    Arguments with(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(named);
        more.put(name, value);
        return new Arguments(positional, more);
    }
}
