// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Takes values from outside into a template: copies of plain data, nothing else. */
final class Imports {
    private final Budget budget;

    Imports(Budget budget) {
        this.budget = budget;
    }

    /** A copy of {@code value} in the form that templates use. */
    Object imported(@Nullable Object value) {
        budget.enter();
        Object copy = switch (value) {
            case null -> None.NONE;
            case String _, Long _, Double _, Boolean _ -> value;
            case Integer i -> i.longValue();
            case List<?> list -> {
                List<Object> items = new ArrayList<>();
                for (Object item : list) {
                    items.add(imported(item));
                }
                yield items;
            }
            case Map<?, ?> map -> {
                Map<Object, Object> entries = new LinkedHashMap<>();
                map.forEach((key, item) -> entries.put(key, imported(item)));
                yield entries;
            }
            default ->
                throw TemplateException.type("a " + value.getClass().getSimpleName() + " cannot be used in a template");
        };
        budget.leave();
        return copy;
    }
}
