// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a JSON object, strictly: a field of the wrong type or out of range is an {@link ApiException} that
 * names it. A field that is null counts as absent, and fields that nobody asks for are ignored.
 */
final class RequestReader {
    private final ObjectNode object;
    private final String path;

    /** Reads the body of a request. */
    RequestReader(ObjectNode body) {
        this(body, "");
    }

    private RequestReader(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /** Reads {@code node}, which stands at {@code path} in the body and must be an object. */
    static RequestReader of(JsonNode node, String path) {
        if (node instanceof ObjectNode object) {
            return new RequestReader(object, path + ".");
        }
        throw wrongType(path, "an object", node);
    }

    /** The field's path in the body, as errors name it. */
    String path(String name) {
        return path + name;
    }

    /** The field as it is; null if absent. */
    @Nullable
    JsonNode node(String name) {
        JsonNode node = object.get(name);
        return node == null || node.isNull() ? null : node;
    }

    /** Whether the field is there and says something: not null, not an empty list, object or string. */
    boolean isSet(String name) {
        JsonNode node = node(name);
        if (node == null) {
            return false;
        }
        return node.isTextual() ? !node.textValue().isEmpty() : !node.isContainerNode() || !node.isEmpty();
    }

    /** A string; null if absent. */
    @Nullable
    String string(String name) {
        JsonNode node = node(name);
        if (node == null) {
            return null;
        }
        if (!node.isTextual()) {
            throw wrongType(path(name), "a string", node);
        }
        return node.textValue();
    }

    /** A boolean; false if absent. */
    boolean flag(String name) {
        return flag(name, false);
    }

    /** A boolean; {@code absent} if absent. */
    boolean flag(String name, boolean absent) {
        JsonNode node = node(name);
        if (node == null) {
            return absent;
        }
        if (!node.isBoolean()) {
            throw wrongType(path(name), "a boolean", node);
        }
        return node.booleanValue();
    }

    /** A number from {@code minimum} to {@code maximum}, both included; {@code absent} if absent. */
    double number(String name, double minimum, double maximum, double absent) {
        JsonNode node = node(name);
        return node == null ? absent : number(node, path(name), minimum, maximum);
    }

    /** The number that stands at {@code path}, from {@code minimum} to {@code maximum}, both included. */
    static double number(JsonNode node, String path, double minimum, double maximum) {
        if (!node.isNumber()) {
            throw wrongType(path, "a number", node);
        }
        double value = node.doubleValue();
        if (!(value >= minimum && value <= maximum)) {
            throw ApiException.invalid(
                    path,
                    "'" + path + "' is " + shorten(node) + ", but must be from " + readable(minimum) + " to "
                            + readable(maximum) + ".");
        }
        return value;
    }

    /** A whole number from {@code minimum} to {@code maximum}, both included; empty if absent. */
    OptionalInt integer(String name, int minimum, int maximum) {
        JsonNode node = node(name);
        return node == null ? OptionalInt.empty() : OptionalInt.of(integer(node, path(name), minimum, maximum));
    }

    /** The whole number that stands at {@code path}, from {@code minimum} to {@code maximum}, both included. */
    static int integer(JsonNode node, String path, int minimum, int maximum) {
        if (!node.isIntegralNumber()) {
            throw wrongType(path, "an integer", node);
        }
        if (!node.canConvertToInt() || node.intValue() < minimum || node.intValue() > maximum) {
            throw ApiException.invalid(
                    path,
                    "'" + path + "' is " + shorten(node) + ", but must be from " + minimum + " to " + maximum + ".");
        }
        return node.intValue();
    }

    /** A whole number of 64 bits; empty if absent. */
    OptionalLong longInteger(String name) {
        JsonNode node = node(name);
        if (node == null) {
            return OptionalLong.empty();
        }
        if (!node.isIntegralNumber()) {
            throw wrongType(path(name), "an integer", node);
        }
        if (!node.canConvertToLong()) {
            throw ApiException.invalid(
                    path(name), "'" + path(name) + "' is " + shorten(node) + ", which is no 64-bit integer.");
        }
        return OptionalLong.of(node.longValue());
    }

    /** An object; null if absent. */
    @Nullable
    RequestReader child(String name) {
        JsonNode node = node(name);
        return node == null ? null : of(node, path(name));
    }

    /** The object itself; null if absent. */
    @Nullable
    ObjectNode objectNode(String name) {
        JsonNode node = node(name);
        if (node == null) {
            return null;
        }
        if (node instanceof ObjectNode child) {
            return child;
        }
        throw wrongType(path(name), "an object", node);
    }

    /** A list; null if absent. */
    @Nullable
    ArrayNode list(String name) {
        JsonNode node = node(name);
        if (node == null) {
            return null;
        }
        if (node instanceof ArrayNode list) {
            return list;
        }
        throw wrongType(path(name), "a list", node);
    }

    /** The error for a value of the wrong type at {@code path}. */
    static ApiException wrongType(String path, String expected, JsonNode actual) {
        String kind = switch (actual.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case BOOLEAN -> "a boolean";
            case NUMBER -> actual.isIntegralNumber() ? "an integer" : "a number with a fraction";
            default -> "null";
        };
        return ApiException.invalid(path, "'" + path + "' is " + kind + ", but must be " + expected + ".");
    }

    private static String shorten(JsonNode number) {
        String text = number.asText();
        return text.length() <= 24 ? text : text.substring(0, 24) + "…";
    }

    private static String readable(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }
}
