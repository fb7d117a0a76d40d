// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.HashMap;
import java.util.Map;

/** A value whose attributes {@code set} changes from within a loop. */
final class Namespace {
    private final Map<String, Object> attributes = new HashMap<>();

    Object get(String name) {
        Object value = attributes.get(name);
        return value == null ? new Undefined("attribute '" + name + "' of a namespace") : value;
    }

    void set(String name, Object value) {
        attributes.put(name, value);
    }
}
