// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes grammars of JSON schemas (draft 2020-12): the part that OpenAI's strict mode accepts, and what of the rest is
 * clear. A keyword that could refuse an instance is kept to or refused by name, never passed over.
 */
final class SchemaTranslator {
    private static final int DEEPEST = 64;
    private static final int LARGEST_COUNT = 100_000;

    /** Keywords that say something about a schema and nothing about its instances. */
    private static final Set<String> ANNOTATIONS = Set.of(
            "title",
            "description",
            "default",
            "examples",
            "example",
            "$schema",
            "$id",
            "$comment",
            "$defs",
            "definitions",
            "deprecated",
            "readOnly",
            "writeOnly",
            "discriminator");

    /** Keywords that concern instances of one type only, and which. */
    private static final Map<String, String> KEYWORDS = Map.ofEntries(
            Map.entry("properties", "object"),
            Map.entry("required", "object"),
            Map.entry("additionalProperties", "object"),
            Map.entry("items", "array"),
            Map.entry("minItems", "array"),
            Map.entry("maxItems", "array"),
            Map.entry("minLength", "string"),
            Map.entry("maxLength", "string"),
            Map.entry("pattern", "string"),
            Map.entry("format", "string"),
            Map.entry("minimum", "number"),
            Map.entry("maximum", "number"),
            Map.entry("exclusiveMinimum", "number"),
            Map.entry("exclusiveMaximum", "number"),
            Map.entry("multipleOf", "number"));

    private static final Set<String> TYPES =
            Set.of("object", "array", "string", "number", "integer", "boolean", "null");

    private final JsonNode root;
    private final Map<String, Rule> rules = new HashMap<>();
    private final Deque<Pending> pending = new ArrayDeque<>();

    /** A rule whose schema is still to be read. */
    private record Pending(Rule rule, JsonNode schema, String pointer) {}

    private SchemaTranslator(JsonNode root) {
        this.root = root;
    }

    static Grammar translate(JsonNode schema) throws ConstraintException {
        SchemaTranslator translator = new SchemaTranslator(schema);
        Grammar start = translator.reference("#", "#");
        while (!translator.pending.isEmpty()) {
            Pending next = translator.pending.pop();
            next.rule().define(translator.schema(next.schema(), next.pointer(), 0));
        }
        return start;
    }

    private Grammar schema(JsonNode schema, String pointer, int depth) throws ConstraintException {
        if (depth > DEEPEST) {
            throw ConstraintException.tooComplex("the schema is nested deeper than " + DEEPEST + " at " + pointer);
        }
        if (schema.isBoolean()) {
            if (!schema.booleanValue()) {
                throw ConstraintException.invalid("the schema accepts nothing at " + pointer);
            }
            return JsonGrammar.VALUE;
        }
        if (!schema.isObject()) {
            throw wrongType(pointer, "an object or a boolean");
        }
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            checkKnown(keyword.getKey(), keyword.getValue(), pointer);
        }
        if (schema.has("$ref")) {
            refuseOthers(schema, pointer, Set.of("$ref"));
            return reference(text(schema, "$ref", pointer), pointer + "/$ref");
        }
        if (schema.has("allOf")) {
            refuseOthers(schema, pointer, Set.of("allOf"));
            JsonNode all = list(schema, "allOf", pointer);
            if (all.size() != 1) {
                throw unsupported("allOf", pointer, "with other than one schema");
            }
            return schema(all.get(0), pointer + "/allOf/0", depth + 1);
        }
        if (schema.has("anyOf")) {
            refuseOthers(schema, pointer, Set.of("anyOf"));
            List<Grammar> alternatives = new ArrayList<>();
            for (JsonNode alternative : list(schema, "anyOf", pointer)) {
                alternatives.add(schema(alternative, pointer + "/anyOf/" + alternatives.size(), depth + 1));
            }
            return Grammar.choice(alternatives);
        }
        Set<String> types = types(schema, pointer);
        if (schema.has("const")) {
            refuseOthers(schema, pointer, Set.of("const", "type"));
            return values(List.of(schema.get("const")), types, pointer + "/const", depth);
        }
        if (schema.has("enum")) {
            refuseOthers(schema, pointer, Set.of("enum", "type"));
            List<JsonNode> values = new ArrayList<>();
            list(schema, "enum", pointer).forEach(values::add);
            return values(values, types, pointer + "/enum", depth);
        }
        if (types.isEmpty()) {
            return JsonGrammar.VALUE;
        }
        List<Grammar> alternatives = new ArrayList<>();
        for (String type : types) {
            alternatives.add(ofType(type, schema, pointer, depth));
        }
        return Grammar.choice(alternatives);
    }

    private static void checkKnown(String keyword, JsonNode value, String pointer) throws ConstraintException {
        boolean known = KEYWORDS.containsKey(keyword)
                || ANNOTATIONS.contains(keyword)
                || Set.of("type", "enum", "const", "anyOf", "allOf", "$ref").contains(keyword)
                || keyword.startsWith("x-")
                || (keyword.equals("uniqueItems") && value.isBoolean() && !value.booleanValue());
        if (!known) {
            throw unsupported(keyword, pointer, "");
        }
    }

    private static void refuseOthers(JsonNode schema, String pointer, Set<String> allowed) throws ConstraintException {
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            String name = keyword.getKey();
            if (!allowed.contains(name) && !ANNOTATIONS.contains(name) && !name.startsWith("x-")) {
                throw unsupported(name, pointer, "beside '" + allowed.iterator().next() + "'");
            }
        }
    }

    /** The types that a schema names, or that its keywords are about; none if it says nothing. */
    private static Set<String> types(JsonNode schema, String pointer) throws ConstraintException {
        Set<String> types = new LinkedHashSet<>();
        JsonNode type = schema.get("type");
        if (type == null) {
            for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
                String about = KEYWORDS.get(keyword.getKey());
                if (about != null) {
                    types.add(about);
                }
            }
            if (types.size() > 1) {
                throw ConstraintException.unsupported(
                        "the schema has no 'type', and keywords of several types, at " + pointer);
            }
            return types;
        }
        if (type.isTextual()) {
            types.add(type.textValue());
        } else if (type.isArray()) {
            type.forEach(each -> types.add(each.isTextual() ? each.textValue() : each.toString()));
        }
        if (types.isEmpty() || !TYPES.containsAll(types)) {
            throw ConstraintException.invalid("the schema names no JSON type at " + pointer + "/type");
        }
        if (types.contains("number")) {
            types.remove("integer");
        }
        return types;
    }

    private Grammar ofType(String type, JsonNode schema, String pointer, int depth) throws ConstraintException {
        return switch (type) {
            case "object" -> object(schema, pointer, depth);
            case "array" -> array(schema, pointer, depth);
            case "string" -> string(schema, pointer);
            case "boolean" -> JsonGrammar.BOOLEAN;
            case "null" -> JsonGrammar.NULL;
            default -> number(type.equals("integer"), schema, pointer);
        };
    }

    private Grammar reference(String reference, String at) throws ConstraintException {
        Rule known = rules.get(reference);
        if (known != null) {
            return new Grammar.Reference(known);
        }
        if (!reference.startsWith("#")) {
            throw ConstraintException.unsupported(
                    "the schema refers to another document, '" + shorten(reference) + "', at " + at);
        }
        JsonNode target;
        try {
            target = root.at(JsonPointer.compile(
                    URLDecoder.decode(reference.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            throw ConstraintException.invalid("'" + shorten(reference) + "' is no JSON pointer, at " + at);
        }
        if (target.isMissingNode()) {
            throw ConstraintException.invalid(
                    "the schema refers to '" + shorten(reference) + "', which is not there, at " + at);
        }
        Rule rule = new Rule(reference);
        rules.put(reference, rule);
        pending.push(new Pending(rule, target, reference));
        return new Grammar.Reference(rule);
    }

    private Grammar values(List<JsonNode> values, Set<String> types, String pointer, int depth)
            throws ConstraintException {
        List<Grammar> spellings = new ArrayList<>();
        for (JsonNode value : values) {
            if (types.isEmpty() || types.stream().anyMatch(type -> isOfType(value, type))) {
                spellings.add(value(value, pointer, depth));
            }
        }
        if (spellings.isEmpty()) {
            throw ConstraintException.invalid("the schema allows no value at " + pointer);
        }
        return Grammar.choice(spellings);
    }

    private static boolean isOfType(JsonNode value, String type) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            case "integer" ->
                value.isIntegralNumber() || (value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue()));
            default -> value.isNumber();
        };
    }

    private static Grammar value(JsonNode value, String pointer, int depth) throws ConstraintException {
        if (depth > DEEPEST) {
            throw ConstraintException.tooComplex("a value is nested deeper than " + DEEPEST + " at " + pointer);
        }
        if (value.isTextual()) {
            return string(value.textValue());
        }
        if (value.isArray()) {
            List<Grammar.Member> items = new ArrayList<>();
            for (JsonNode item : value) {
                items.add(new Grammar.Member(value(item, pointer, depth + 1), true));
            }
            return Grammar.sequence(
                    Grammar.literal("["),
                    JsonGrammar.SPACE,
                    new Grammar.Members(items, JsonGrammar.COMMA, null),
                    JsonGrammar.SPACE,
                    Grammar.literal("]"));
        }
        if (value.isObject()) {
            List<Grammar.Member> members = new ArrayList<>();
            for (Map.Entry<String, JsonNode> member : value.properties()) {
                members.add(new Grammar.Member(
                        JsonGrammar.member(string(member.getKey()), value(member.getValue(), pointer, depth + 1)),
                        true));
            }
            return JsonGrammar.object(members, null);
        }
        return Grammar.literal(value.toString());
    }

    private static Grammar string(String text) {
        return JsonGrammar.quoted(Grammar.literal(JsonEscaper.escape(text)));
    }

    private Grammar object(JsonNode schema, String pointer, int depth) throws ConstraintException {
        JsonNode properties = schema.get("properties");
        if (properties != null && !properties.isObject()) {
            throw wrongType(pointer + "/properties", "an object");
        }
        Set<String> required = new LinkedHashSet<>();
        if (schema.has("required")) {
            for (JsonNode name : list(schema, "required", pointer)) {
                if (!name.isTextual()) {
                    throw wrongType(pointer + "/required", "a list of strings");
                }
                required.add(name.textValue());
            }
        }
        Grammar additional = additional(schema, pointer, depth);
        Map<String, Grammar> members = new LinkedHashMap<>();
        if (properties != null) {
            for (Map.Entry<String, JsonNode> property : properties.properties()) {
                String name = property.getKey();
                members.put(name, schema(property.getValue(), pointer + "/properties/" + escaped(name), depth + 1));
            }
        }
        for (String name : required) {
            if (!members.containsKey(name)) {
                if (additional == null) {
                    throw ConstraintException.invalid("the schema requires '" + shorten(name)
                            + "', which is none of its properties, at " + pointer + "/required");
                }
                members.put(name, additional);
            }
        }
        List<Grammar.Member> ordered = new ArrayList<>();
        members.forEach((name, value) ->
                ordered.add(new Grammar.Member(JsonGrammar.member(string(name), value), required.contains(name))));
        Grammar more = null;
        if (additional != null) {
            Grammar name =
                    members.isEmpty() ? JsonGrammar.STRING : JsonGrammar.quoted(OtherNames.than(members.keySet()));
            more = JsonGrammar.member(name, additional);
        }
        return JsonGrammar.object(ordered, more);
    }

    /** What further properties must be; null if there may be none. */
    private @Nullable Grammar additional(JsonNode schema, String pointer, int depth) throws ConstraintException {
        JsonNode additional = schema.get("additionalProperties");
        if (additional == null) {
            // Schemas seldom say it and mostly mean it: what they list is all that is wanted.
            return schema.has("properties") ? null : JsonGrammar.VALUE;
        }
        if (additional.isBoolean() && !additional.booleanValue()) {
            return null;
        }
        return schema(additional, pointer + "/additionalProperties", depth + 1);
    }

    private Grammar array(JsonNode schema, String pointer, int depth) throws ConstraintException {
        int minimum = count(schema, "minItems", 0, pointer);
        int maximum = count(schema, "maxItems", Grammar.UNLIMITED, pointer);
        checkOrder(minimum, maximum, "minItems", pointer);
        JsonNode items = schema.get("items");
        if (items == null || maximum == 0) {
            return JsonGrammar.array(JsonGrammar.VALUE, minimum, maximum);
        }
        if (items.isArray()) {
            throw unsupported("items", pointer, "as a list");
        }
        Grammar item = schema(items, pointer + "/items", depth + 1);
        // A rule of its own, since it is there at least twice.
        return JsonGrammar.array(Rule.of(pointer + "/items", item), minimum, maximum);
    }

    private static Grammar string(JsonNode schema, String pointer) throws ConstraintException {
        int minimum = count(schema, "minLength", 0, pointer);
        int maximum = count(schema, "maxLength", Grammar.UNLIMITED, pointer);
        checkOrder(minimum, maximum, "minLength", pointer);
        boolean anyLength = minimum == 0 && maximum == Grammar.UNLIMITED;
        Grammar content = null;
        if (schema.has("pattern")) {
            content = pattern(text(schema, "pattern", pointer), RegexParser.Use.SEARCH, pointer + "/pattern");
        }
        if (schema.has("format")) {
            String format = StringFormats.pattern(text(schema, "format", pointer));
            if (format == null) {
                throw unsupported(
                        "format", pointer, "with the value '" + shorten(text(schema, "format", pointer)) + "'");
            }
            Grammar formatted = pattern(format, RegexParser.Use.WHOLE_TEXT, pointer + "/format");
            content = content == null ? formatted : new Grammar.Intersection(content, formatted);
        }
        if (content == null) {
            return anyLength
                    ? JsonGrammar.STRING
                    : JsonGrammar.quoted(Grammar.repeat(JsonGrammar.COUNTED_CHARACTER, minimum, maximum));
        }
        if (!anyLength) {
            content = new Grammar.Intersection(content, Grammar.repeat(JsonEscaper.anyCharacter(), minimum, maximum));
        }
        return JsonGrammar.quoted(content);
    }

    private static Grammar pattern(String pattern, RegexParser.Use use, String pointer) throws ConstraintException {
        try {
            return JsonEscaper.escape(RegexParser.parse(pattern, use));
        } catch (ConstraintException e) {
            throw new ConstraintException(e.reason(), e.getMessage() + ", at " + pointer);
        }
    }

    private static Grammar number(boolean whole, JsonNode schema, String pointer) throws ConstraintException {
        BigDecimal minimum = decimal(schema, "minimum", pointer);
        BigDecimal maximum = decimal(schema, "maximum", pointer);
        BigDecimal above = decimal(schema, "exclusiveMinimum", pointer);
        BigDecimal below = decimal(schema, "exclusiveMaximum", pointer);
        boolean exclusiveMinimum = above != null && (minimum == null || above.compareTo(minimum) >= 0);
        boolean exclusiveMaximum = below != null && (maximum == null || below.compareTo(maximum) <= 0);
        NumberRange range = new NumberRange(
                exclusiveMinimum ? above : minimum,
                exclusiveMinimum,
                exclusiveMaximum ? below : maximum,
                exclusiveMaximum);
        BigDecimal divisor = decimal(schema, "multipleOf", pointer);
        try {
            if (divisor != null) {
                return range.integers(divisor(divisor, pointer));
            }
            if (range.isUnlimited()) {
                return whole ? JsonGrammar.INTEGER : JsonGrammar.NUMBER;
            }
            return whole ? range.integers(1) : range.numbers();
        } catch (ConstraintException e) {
            throw new ConstraintException(e.reason(), e.getMessage() + ", at " + pointer);
        }
    }

    private static int divisor(BigDecimal divisor, String pointer) throws ConstraintException {
        boolean supported = divisor.compareTo(BigDecimal.ONE) >= 0
                && divisor.compareTo(BigDecimal.valueOf(Grammar.Multiples.LARGEST)) <= 0
                && divisor.remainder(BigDecimal.ONE).signum() == 0;
        if (!supported) {
            throw unsupported(
                    "multipleOf", pointer, "with other than a whole number from 1 to " + Grammar.Multiples.LARGEST);
        }
        return divisor.intValue();
    }

    private static @Nullable BigDecimal decimal(JsonNode schema, String keyword, String pointer)
            throws ConstraintException {
        JsonNode value = schema.get(keyword);
        if (value == null) {
            return null;
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw wrongType(pointer + "/" + keyword, "a number");
        }
        return value.decimalValue();
    }

    private static int count(JsonNode schema, String keyword, int absent, String pointer) throws ConstraintException {
        JsonNode value = schema.get(keyword);
        if (value == null) {
            return absent;
        }
        boolean whole = value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
        if (!whole || value.doubleValue() < 0) {
            throw wrongType(pointer + "/" + keyword, "a whole number that is not negative");
        }
        if (value.doubleValue() > LARGEST_COUNT) {
            throw ConstraintException.tooComplex("'" + keyword + "' exceeds " + LARGEST_COUNT + " at " + pointer);
        }
        return value.intValue();
    }

    private static void checkOrder(int minimum, int maximum, String keyword, String pointer)
            throws ConstraintException {
        if (maximum != Grammar.UNLIMITED && maximum < minimum) {
            throw ConstraintException.invalid("'" + keyword + "' exceeds its maximum at " + pointer);
        }
    }

    private static String text(JsonNode schema, String keyword, String pointer) throws ConstraintException {
        JsonNode value = schema.get(keyword);
        if (value == null || !value.isTextual()) {
            throw wrongType(pointer + "/" + keyword, "a string");
        }
        return value.textValue();
    }

    private static JsonNode list(JsonNode schema, String keyword, String pointer) throws ConstraintException {
        JsonNode value = schema.get(keyword);
        if (value == null || !value.isArray() || (value.isEmpty() && !keyword.equals("required"))) {
            throw wrongType(pointer + "/" + keyword, "a list that is not empty");
        }
        return value;
    }

    private static String escaped(String name) {
        return shorten(name).replace("~", "~0").replace("/", "~1");
    }

    private static String shorten(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }

    private static ConstraintException wrongType(String pointer, String expected) {
        return ConstraintException.invalid("the schema must have " + expected + " at " + pointer);
    }

    private static ConstraintException unsupported(String keyword, String pointer, String how) {
        return ConstraintException.unsupported("the schema keyword '" + shorten(keyword) + "'"
                + (how.isEmpty() ? "" : " " + how) + " is not supported, at " + pointer);
    }
}
