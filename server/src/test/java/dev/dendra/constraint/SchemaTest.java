// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON schemas: what is generated is valid, and what is valid can be generated. */
class SchemaTest {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final String TREE = "{'$ref':'#/$defs/node','$defs':{'node':{'type':'object','properties':{"
            + "'v':{'type':'integer'},'kids':{'type':'array','items':{'$ref':'#/$defs/node'}}},"
            + "'required':['v','kids'],'additionalProperties':false}}}";

    @Test
    void whatRandomSchemasGenerateIsValid() throws Exception {
        Random random = new Random(3);
        for (int i = 0; i < 150; i++) {
            JsonNode schema = schema(random, 3);
            CompiledConstraint constraint = Constraints.compile(Grammar.jsonSchema(schema));
            for (int j = 0; j < 3; j++) {
                assertValid(schema, Constraints.generate(constraint, Constraints.TOKENIZER, random, 30));
            }
        }
    }

    @Test
    void validInstancesOfRandomSchemasAreAccepted() throws Exception {
        Random random = new Random(4);
        for (int i = 0; i < 200; i++) {
            JsonNode schema = schema(random, 3);
            CompiledConstraint constraint = Constraints.compile(Grammar.jsonSchema(schema));
            for (int j = 0; j < 5; j++) {
                JsonNode instance = instance(schema, random);
                assertTrue(new NaiveValidator(schema).accepts(instance), "the test itself: " + instance);
                String compact = instance.toString();
                assertTrue(Constraints.accepts(constraint, compact), schema + " refuses " + compact);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                TREE,
                "{'type':['integer','null'],'minimum':-105,'exclusiveMaximum':17}",
                "{'type':'integer','minimum':0,'maximum':1000,'multipleOf':7}",
                "{'type':'integer','minimum':-3.5,'maximum':-1.5}",
                "{'type':'number','minimum':0,'maximum':1}",
                "{'type':'number','exclusiveMinimum':0,'exclusiveMaximum':0.25}",
                "{'type':'number','minimum':-2.75,'maximum':3.14159}",
                "{'type':'number','maximum':-1.05}",
                "{'type':'string','pattern':'^[a-z]+\"?$','maxLength':5}",
                "{'type':'string','pattern':'b.d'}",
                "{'type':'string','minLength':2,'maxLength':3}",
                "{'type':'string','format':'date-time'}",
                "{'type':'array','items':{'enum':['x',1,null,{'a':[1,2]}]},'minItems':1,'maxItems':3}",
                "{'type':'object','properties':{'a':{'type':'boolean'},'b':{'const':'\u00e9\"'},'c':true}}",
                "{'type':'object','properties':{'ab':{'type':'null'}},'required':['zz'],"
                        + "'additionalProperties':{'type':'integer'}}",
                "{'type':'object'}",
                "{'anyOf':[{'type':'object','properties':{'kind':{'const':'cat'},'n':{'type':'integer'}},"
                        + "'required':['kind','n'],'additionalProperties':false},{'type':'object','properties':{"
                        + "'kind':{'const':'car'}},'required':['kind'],'additionalProperties':false}]}",
                "{'type':'object','properties':{'next':{'anyOf':[{'$ref':'#'},{'type':'null'}]}},"
                        + "'required':['next'],'additionalProperties':false}",
                "true"
            })
    void whatIsGeneratedIsValid(String schema) throws Exception {
        JsonNode parsed = json(schema);
        CompiledConstraint constraint = Constraints.compile(Grammar.jsonSchema(parsed));
        Random random = new Random(5);
        for (int i = 0; i < 40; i++) {
            assertValid(parsed, Constraints.generate(constraint, Constraints.TOKENIZER, random, 12));
        }
    }

    @Test
    void boundsOfNumbersAreExact() throws Exception {
        Random random = new Random(6);
        for (int i = 0; i < 120; i++) {
            boolean whole = random.nextBoolean();
            BigDecimal one = bound(random, whole);
            BigDecimal other = bound(random, whole);
            ObjectNode schema = MAPPER.createObjectNode().put("type", whole ? "integer" : "number");
            schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", one.min(other));
            schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", one.max(other));
            CompiledConstraint constraint;
            try {
                constraint = Constraints.compile(Grammar.jsonSchema(schema));
            } catch (ConstraintException e) {
                assertEquals(ConstraintException.Reason.INVALID, e.reason());
                continue;
            }
            NaiveValidator validator = new NaiveValidator(schema);
            for (int j = 0; j < 100; j++) {
                BigDecimal value = j == 0 ? one : j == 1 ? other : bound(random, whole);
                if (value.signum() != 0) {
                    String text = value.toPlainString();
                    assertEquals(
                            validator.accepts(json(text)),
                            Constraints.accepts(constraint, text),
                            schema + " and " + text);
                }
            }
        }
    }

    @Test
    void oneSpaceIsAllowedWhereModelsWriteIt() throws Exception {
        CompiledConstraint constraint = Constraints.compile(Grammar.jsonObject());
        for (String text : List.of("{}", "{ }", "{\"a\":1}", "{\"a\": 1, \"b\": [1, 2]}", "{ \"a\":[ 1,2 ] }")) {
            assertTrue(Constraints.accepts(constraint, text), text);
        }
        for (String text : List.of(
                "",
                "[]",
                " {}",
                "{\"a\" :1}",
                "{\"a\":  1}",
                "{\n}",
                "{\"a\":1,}",
                "{\"a\":01}",
                "{\"a\":\"\\ud800\"}")) {
            assertFalse(Constraints.accepts(constraint, text), text);
        }
        assertTrue(Constraints.accepts(constraint, "{\"a\":\"\\ud83d\\uDE00\\n\\u0041€\"}"));
    }

    @Test
    void nestingEndsBeforeItHasNoWayOut() throws Exception {
        CompiledConstraint constraint = Constraints.compile(Grammar.jsonValue());
        var state = constraint.start();
        int depth = 0;
        while (state.allows('[')) {
            state = state.next('[');
            depth++;
        }
        assertTrue(depth > 60 && depth < 1000, "depth " + depth);
        Constraints.assertMaskIsRight(Constraints.TOKENIZER, state);
        for (int i = 0; i < depth; i++) {
            state = state.next(']');
        }
        assertTrue(state.mayEnd());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "{'type':'object','patternProperties':{}}; 'patternProperties' is not supported, at #",
                "{'type':'object','properties':{'a':{'not':{}}}}; 'not' is not supported, at #/properties/a",
                "{'oneOf':[{}]}; 'oneOf'",
                "{'type':'array','uniqueItems':true}; 'uniqueItems'",
                "{'type':'string','format':'uri'}; with the value 'uri'",
                "{'type':'string','pattern':'(a'}; not closed, at #/pattern",
                "{'type':'text'}; no JSON type at #/type",
                "{'$ref':'#/$defs/a'}; not there",
                "{'$ref':'http://a/b'}; another document",
                "{'$ref':'#'}; left recursion",
                "{'type':'object','required':['a'],'additionalProperties':false}; none of its properties",
                "{'type':'integer','minimum':5,'maximum':4}; between the bounds, at #",
                "{'type':'number','multipleOf':0.3}; 'multipleOf'",
                "{'type':'array','minItems':2,'maxItems':1}; exceeds its maximum",
                "{'type':'string','minLength':-1}; not negative at #/minLength",
                "{'enum':[]}; not empty at #/enum",
                "false; accepts nothing",
                "3; an object or a boolean at #"
            })
    void whatCannotBeKeptToIsRefusedByName(String schema, String message) throws Exception {
        JsonNode parsed = json(schema);
        ConstraintException refusal =
                assertThrows(ConstraintException.class, () -> Constraints.compile(Grammar.jsonSchema(parsed)));
        assertTrue(String.valueOf(refusal.getMessage()).contains(message), refusal.getMessage());
    }

    private static void assertValid(JsonNode schema, String text) throws JsonProcessingException {
        assertTrue(new NaiveValidator(schema).accepts(MAPPER.readTree(text)), schema + " generated " + text);
    }

    private static JsonNode json(String text) throws JsonProcessingException {
        return MAPPER.readTree(text.replace("\"", "\\\"").replace('\'', '"'));
    }

    private static BigDecimal bound(Random random, boolean whole) {
        int scale = whole ? 0 : random.nextInt(4);
        int limit = List.of(3, 30, 2000, 100_000).get(random.nextInt(4));
        return BigDecimal.valueOf(random.nextInt(-limit, limit + 1), scale);
    }

    private static ObjectNode schema(Random random, int depth) {
        ObjectNode schema = MAPPER.createObjectNode();
        switch (random.nextInt(depth == 0 ? 6 : 10)) {
            case 0 -> schema.put("type", "boolean");
            case 1 ->
                schema.put("type", "integer")
                        .put("minimum", random.nextInt(20))
                        .put("maximum", 20 + random.nextInt(300));
            case 2 -> schema.put("type", "string").put("maxLength", 1 + random.nextInt(9));
            case 3 -> schema.putArray("enum").add("a").add(1).add("é\"\n").addNull();
            case 4 -> schema.put("type", "number");
            case 5 -> schema.putArray("type").add("string").add("null");
            case 6, 7 -> {
                schema.put("type", "object").put("additionalProperties", false);
                ObjectNode properties = schema.putObject("properties");
                var required = schema.putArray("required");
                int count = random.nextInt(5);
                for (int i = 0; i < count; i++) {
                    properties.set(List.of("a", "ab", "name", "é", "x\"y").get(i), schema(random, depth - 1));
                    if (random.nextBoolean()) {
                        required.add(List.of("a", "ab", "name", "é", "x\"y").get(i));
                    }
                }
            }
            case 8 -> {
                schema.put("type", "array").put("minItems", random.nextInt(2)).put("maxItems", 1 + random.nextInt(4));
                schema.set("items", schema(random, depth - 1));
            }
            default -> schema.putArray("anyOf").add(schema(random, depth - 1)).add(schema(random, depth - 1));
        }
        return schema;
    }

    /** An instance of a schema that {@link #schema} makes. */
    private static JsonNode instance(JsonNode schema, Random random) {
        if (schema.has("anyOf")) {
            return instance(schema.get("anyOf").get(random.nextInt(2)), random);
        }
        if (schema.has("enum")) {
            return schema.get("enum").get(random.nextInt(4));
        }
        var nodes = MAPPER.getNodeFactory();
        return switch (schema.get("type").asText("")) {
            case "boolean" -> nodes.booleanNode(random.nextBoolean());
            case "integer" ->
                nodes.numberNode(random.nextInt(
                        schema.get("minimum").asInt(), schema.get("maximum").asInt() + 1));
            case "string" ->
                nodes.textNode("ab€\n\""
                        .substring(
                                0,
                                Math.min(
                                        random.nextInt(6),
                                        schema.get("maxLength").asInt())));
            case "number" -> nodes.numberNode(BigDecimal.valueOf(random.nextInt(1, 9999), random.nextInt(4)));
            case "object" -> {
                ObjectNode object = nodes.objectNode();
                schema.get("properties").propertyStream().forEach(property -> {
                    boolean required = schema.get("required")
                            .valueStream()
                            .anyMatch(name -> name.textValue().equals(property.getKey()));
                    if (required || random.nextBoolean()) {
                        object.set(property.getKey(), instance(property.getValue(), random));
                    }
                });
                yield object;
            }
            case "array" -> {
                var array = nodes.arrayNode();
                int count = random.nextInt(
                        schema.get("minItems").asInt(), schema.get("maxItems").asInt() + 1);
                for (int i = 0; i < count; i++) {
                    array.add(instance(schema.get("items"), random));
                }
                yield array;
            }
            default -> random.nextBoolean() ? nodes.nullNode() : nodes.textNode("ab");
        };
    }
}
