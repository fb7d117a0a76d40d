// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON as the plain values that chat templates read. Recursive: only for JSON whose depth is limited. */
public final class PlainValues {
    private PlainValues() {}

    /** An object, its fields in their order. */
    public static Map<String, @Nullable Object> of(ObjectNode object) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        object.properties().forEach(entry -> map.put(entry.getKey(), of(entry.getValue())));
        return map;
    }

    private static @Nullable Object of(JsonNode node) {
        if (node instanceof ObjectNode object) {
            return of(object);
        }
        if (node.isArray()) {
            List<@Nullable Object> list = new ArrayList<>();
            node.forEach(item -> list.add(of(item)));
            return list;
        }
        if (node.isTextual()) {
            return node.textValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isNumber()) {
            // Templates know integers of 64 bits; larger ones lose digits, but not their size.
            return node.isIntegralNumber() && node.canConvertToLong() ? (Object) node.longValue() : node.doubleValue();
        }
        return null;
    }
}
