// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The filters that apply an attribute, another filter or a test to every item. */
final class ItemFilters {
    static final Set<String> NAMES = Set.of("map", "select", "reject", "selectattr", "rejectattr");

    private final Operators operators;
    private final Filters filters;
    private final Tests tests;
    private final Budget budget;

    ItemFilters(Operators operators, Filters filters, Tests tests, Budget budget) {
        this.operators = operators;
        this.filters = filters;
        this.tests = tests;
        this.budget = budget;
    }

    /** Applies one of {@link #NAMES}. */
    List<Object> apply(String name, Object value, Arguments arguments) {
        List<Object> result = new ArrayList<>();
        for (Object item : operators.items(value)) {
            budget.steps(1);
            switch (name) {
                case "map" -> result.add(mapped(item, arguments));
                case "select", "reject" -> {
                    if (passes(item, arguments) == name.equals("select")) {
                        result.add(item);
                    }
                }
                default -> {
                    Object attribute = attribute(item, arguments.require(0, "attribute"));
                    if (passes(attribute, arguments.without(1)) == name.equals("selectattr")) {
                        result.add(item);
                    }
                }
            }
        }
        return result;
    }

    private Object mapped(Object item, Arguments arguments) {
        Object attribute = arguments.named().get("attribute");
        if (attribute == null) {
            return filters.apply(arguments.text(0, "filter"), item, arguments.without(1));
        }
        Object value = attribute(item, attribute);
        return value instanceof Undefined ? arguments.named().getOrDefault("default", value) : value;
    }

    private boolean passes(Object value, Arguments arguments) {
        return arguments.positional().isEmpty()
                ? Values.isTrue(value)
                : tests.passes(arguments.text(0, "test"), value, arguments.without(1));
    }

    /** An attribute by its path, {@code a.b}. */
    private Object attribute(Object item, Object path) {
        if (!(path instanceof String names)) {
            return operators.item(item, path);
        }
        Object value = item;
        for (String name : names.split("\\.", -1)) {
            budget.steps(1);
            value = operators.item(value, name);
        }
        return value;
    }
}
