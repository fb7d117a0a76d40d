// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.List;

/** The variable {@code loop}: where a {@code for} loop is. */
final class Loop {
    private final List<Object> items;
    private int index = -1;

    Loop(List<Object> items) {
        this.items = items;
    }

    /** Goes to the next item; false behind the last. */
    boolean advance() {
        return ++index < items.size();
    }

    Object item() {
        return items.get(index);
    }

    Object get(String attribute) {
        return switch (attribute) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) items.size() - index;
            case "revindex0" -> items.size() - index - 1L;
            case "first" -> index == 0;
            case "last" -> index == items.size() - 1;
            case "length" -> (long) items.size();
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("there is no previous item: it");
            case "nextitem" ->
                index + 1 < items.size() ? items.get(index + 1) : new Undefined("there is no next item: it");
            case "cycle" -> (Callable) this::cycle;
            default -> new Undefined("attribute '" + attribute + "' of loop");
        };
    }

    private Object cycle(Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw TemplateException.type("no items for cycling given");
        }
        return arguments.positional().get(index % arguments.positional().size());
    }
}
