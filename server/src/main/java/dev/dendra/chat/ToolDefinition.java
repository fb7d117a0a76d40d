// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tool that the model may call.
 *
 * @param name of 1 to 64 ASCII letters, digits, underscores and hyphens
 * @param description for the model; null for none
 * @param parameters a JSON schema of the arguments; null for arguments of any kind
 * @param strict whether calls must keep to the schema even where the model is free to call or not
 */
public record ToolDefinition(
        String name, @Nullable String description, @Nullable ObjectNode parameters, boolean strict) {

    /** The definition as templates read it. One without a schema gets that of an object without properties. */
    Map<String, Object> templateValue() {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", name);
        if (description != null) {
            function.put("description", description);
        }
        function.put("parameters", parameters == null ? withoutProperties() : PlainValues.of(parameters));
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("type", "function");
        value.put("function", function);
        return value;
    }

    private static Map<String, Object> withoutProperties() {
        // Not Map.of, whose order differs from run to run: equal requests make equal prompts.
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", Map.of());
        return schema;
    }
}
