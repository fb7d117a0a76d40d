// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The methods that maps and lists have. */
final class Methods {
    private static final Set<String> OF_MAPS = Set.of("get", "items", "keys", "values");
    private static final Set<String> OF_LISTS = Set.of("count", "index");

    private final Operators operators;
    private final Budget budget;
    private final StringMethods strings;

    Methods(Operators operators, Budget budget) {
        this.operators = operators;
        this.budget = budget;
        this.strings = new StringMethods(operators, budget);
    }

    /** Whether a value has a method of that name. */
    boolean has(Object target, String name) {
        return switch (target) {
            case String _ -> StringMethods.NAMES.contains(name);
            case Map<?, ?> _ -> OF_MAPS.contains(name);
            case List<?> _ -> OF_LISTS.contains(name);
            default -> false;
        };
    }

    /** Calls a method that {@link #has}. */
    Object call(Object target, String name, Arguments arguments) {
        return switch (target) {
            case String text -> strings.call(text, name, arguments);
            case Map<?, ?> map -> ofMap(Values.map(map), name, arguments);
            default -> ofList(Values.list(target), name, arguments);
        };
    }

    private Object ofMap(Map<Object, Object> map, String name, Arguments arguments) {
        if (name.equals("get")) {
            Object value = map.get(Values.key(arguments.require(0, "key")));
            return value == null ? arguments.get(1, "default", None.NONE) : value;
        }
        budget.steps(map.size());
        return switch (name) {
            case "keys" -> new ArrayList<>(map.keySet());
            case "values" -> new ArrayList<>(map.values());
            default -> items(map);
        };
    }

    static List<Object> items(Map<Object, Object> map) {
        List<Object> items = new ArrayList<>();
        map.forEach((key, value) -> items.add(new Tuple(List.of(key, value))));
        return items;
    }

    private Object ofList(List<Object> list, String name, Arguments arguments) {
        Object wanted = arguments.require(0, "value");
        if (name.equals("count")) {
            return list.stream().filter(item -> operators.equal(item, wanted)).count();
        }
        for (int i = 0; i < list.size(); i++) {
            if (operators.equal(list.get(i), wanted)) {
                return (long) i;
            }
        }
        throw TemplateException.type("the value is not in the list");
    }
}
