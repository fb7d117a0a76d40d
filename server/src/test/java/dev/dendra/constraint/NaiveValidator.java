// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Says by the letter of the standard whether an instance is valid, as slowly as it likes. */
final class NaiveValidator {
    private final JsonNode root;

    NaiveValidator(JsonNode root) {
        this.root = root;
    }

    boolean accepts(JsonNode instance) {
        return accepts(root, instance);
    }

    private boolean accepts(JsonNode schema, JsonNode value) {
        if (schema.isBoolean()) {
            return schema.booleanValue();
        }
        if (schema.has("$ref")
                && !accepts(root.at(schema.get("$ref").textValue().substring(1)), value)) {
            return false;
        }
        if (schema.has("anyOf") && stream(schema.get("anyOf")).noneMatch(each -> accepts(each, value))) {
            return false;
        }
        if (schema.has("enum") && stream(schema.get("enum")).noneMatch(each -> each.equals(value))) {
            return false;
        }
        if (schema.has("const") && !schema.get("const").equals(value)) {
            return false;
        }
        if (schema.has("type") && !isOfType(schema.get("type"), value)) {
            return false;
        }
        return (!value.isObject() || acceptsObject(schema, value))
                && (!value.isArray() || acceptsArray(schema, value))
                && (!value.isTextual() || acceptsText(schema, value.textValue()))
                && (!value.isNumber() || acceptsNumber(schema, value.decimalValue()));
    }

    private boolean acceptsObject(JsonNode schema, JsonNode value) {
        if (schema.has("required") && !stream(schema.get("required")).allMatch(name -> value.has(name.textValue()))) {
            return false;
        }
        return value.propertyStream().allMatch(member -> {
            JsonNode property = schema.path("properties").get(member.getKey());
            JsonNode other = schema.get("additionalProperties");
            return property == null
                    ? other == null || accepts(other, member.getValue())
                    : accepts(property, member.getValue());
        });
    }

    private boolean acceptsArray(JsonNode schema, JsonNode value) {
        return value.size() >= schema.path("minItems").asInt(0)
                && value.size() <= schema.path("maxItems").asInt(Integer.MAX_VALUE)
                && (!schema.has("items") || stream(value).allMatch(item -> accepts(schema.get("items"), item)));
    }

    private static boolean acceptsText(JsonNode schema, String text) {
        int length = text.codePointCount(0, text.length());
        if (schema.path("format").asText("").equals("date-time")) {
            OffsetDateTime.parse(text);
        }
        return length >= schema.path("minLength").asInt(0)
                && length <= schema.path("maxLength").asInt(Integer.MAX_VALUE)
                && (!schema.has("pattern")
                        || Pattern.compile(schema.get("pattern").textValue())
                                .matcher(text)
                                .find());
    }

    private static boolean acceptsNumber(JsonNode schema, BigDecimal value) {
        return (!schema.has("minimum") || value.compareTo(schema.get("minimum").decimalValue()) >= 0)
                && (!schema.has("maximum")
                        || value.compareTo(schema.get("maximum").decimalValue()) <= 0)
                && (!schema.has("exclusiveMinimum")
                        || value.compareTo(schema.get("exclusiveMinimum").decimalValue()) > 0)
                && (!schema.has("exclusiveMaximum")
                        || value.compareTo(schema.get("exclusiveMaximum").decimalValue()) < 0)
                && (!schema.has("multipleOf")
                        || value.remainder(schema.get("multipleOf").decimalValue())
                                        .signum()
                                == 0);
    }

    private static boolean isOfType(JsonNode types, JsonNode value) {
        return types.isArray()
                ? stream(types).anyMatch(type -> isOfType(type, value))
                : switch (types.textValue()) {
                    case "object" -> value.isObject();
                    case "array" -> value.isArray();
                    case "string" -> value.isTextual();
                    case "boolean" -> value.isBoolean();
                    case "null" -> value.isNull();
                    case "number" -> value.isNumber();
                    default ->
                        value.isNumber()
                                && value.decimalValue()
                                                .remainder(BigDecimal.ONE)
                                                .signum()
                                        == 0;
                };
    }

    private static Stream<JsonNode> stream(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }
}
