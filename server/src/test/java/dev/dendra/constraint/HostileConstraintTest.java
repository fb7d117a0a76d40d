// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.engine.ConstraintLimitException;
import java.time.Duration;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Whatever a client sends ends in a constraint that is cheap to follow, or in a typed error: when it is compiled, or later
 * on in one sequence.
 */
class HostileConstraintTest {
    /** Only so that a mistake does not hang the build: bounds are counted. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(100_000).build())
            .build());

    @TestFactory
    Stream<DynamicTest> regexesAreRefusedOrCompiled() {
        return Stream.of(
                        "(a+)+b",
                        "(a*)*",
                        "((a*)*)*b",
                        "(a|a)*b",
                        "(a|aa)+$",
                        ".{1,100000}",
                        "(.{1,1000}){1,1000}",
                        "(a?){5000}a{5000}",
                        "(?:a|b)*a(?:a|b){30}",
                        "(((a{100}){100}){100}){100}",
                        "(){99999}{1}",
                        "((((){99999}){99999}){99999}){99999}",
                        "(".repeat(10_000),
                        "(".repeat(90) + "a" + ")*".repeat(90),
                        "[a-z".repeat(4000),
                        "a|".repeat(8000),
                        "[^a]".repeat(4000),
                        "\\w{0,5000}\\d{0,5000}",
                        "x*".repeat(8000),
                        "a".repeat(2_000_000))
                .map(pattern -> test(pattern, () -> Grammar.regex(pattern)));
    }

    @TestFactory
    Stream<DynamicTest> grammarsAreRefusedOrCompiled() {
        return Stream.of(
                        "root ::= root",
                        "root ::= a\na ::= b\nb ::= a \"x\"",
                        "root ::= \"a\" root root root | \"\"",
                        "root ::= root? \"a\"",
                        "root ::= (\"a\" root) | (\"a\" root \"b\") | (\"a\" root \"c\") | \"\"",
                        "root ::= " + "(".repeat(10_000),
                        "root ::= ((((\"a\"{1000}){1000}){1000}){1000})",
                        chain(3000),
                        doubling(40),
                        "root ::= \"a\"\n" + "x ::= \"b\"\n".repeat(3000))
                .map(source -> test(source, () -> Grammar.gbnf(source)));
    }

    @TestFactory
    Stream<DynamicTest> schemasAreRefusedOrCompiled() {
        return Stream.of(
                        "{\"type\":\"array\",\"maxItems\":1000000000}",
                        "{\"type\":\"array\",\"maxItems\":100000,\"items\":{\"type\":\"array\",\"maxItems\":100000}}",
                        "{\"type\":\"string\",\"minLength\":1e9}",
                        "{\"type\":\"string\",\"maxLength\":100000}",
                        "{\"type\":\"string\",\"pattern\":\"(a+)+b\",\"maxLength\":3000}",
                        "{\"type\":\"string\",\"pattern\":\"^(([a-z])+.)+[A-Z]([a-z])+$\"}",
                        "{\"type\":\"integer\",\"minimum\":-1e308,\"maximum\":1e308}",
                        "{\"type\":\"number\",\"minimum\":1e-300}",
                        "{\"type\":\"number\",\"minimum\":1e999}",
                        "{\"enum\":[" + list(100_000, i -> "\"value number " + i + "\"") + "]}",
                        "{\"enum\":[" + list(5_000, i -> "\"value number " + i + "\"") + "]}",
                        "{\"anyOf\":[" + list(100_000, i -> "{\"type\":\"string\"}") + "]}",
                        "{\"anyOf\":[" + list(10_000, i -> "{\"type\":\"object\",\"properties\":{\"p" + i + "\":{}}}")
                                + "]}",
                        "{\"type\":\"object\",\"properties\":{" + list(2_000, i -> "\"p" + i + "\":{}") + "}}",
                        "{\"type\":\"object\",\"additionalProperties\":true,\"properties\":{"
                                + list(1_000, i -> "\"p" + i + "\":{}") + "}}",
                        "{\"$ref\":\"#\"}",
                        "{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}},\"$ref\":\"#/$defs/a\"}",
                        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}",
                        "{\"not\":".repeat(5000) + "{}" + "}".repeat(5000),
                        "{\"items\":".repeat(5000) + "{}" + "}".repeat(5000),
                        "{\"enum\":[" + "[".repeat(5000) + "]".repeat(5000) + "]}",
                        "{\"type\":\"object\",\"properties\":{\"" + "a".repeat(40_000) + "\":{}}}")
                .map(source -> test(source, () -> Grammar.jsonSchema(MAPPER.readTree(source))));
    }

    /** Reads a grammar. */
    private interface Source {
        Grammar read() throws Exception;
    }

    private static DynamicTest test(String source, Source grammar) {
        String name = source.length() <= 60 ? source : source.substring(0, 60) + "… (" + source.length() + ")";
        return DynamicTest.dynamicTest(
                name,
                () -> assertTimeoutPreemptively(PATIENCE, () -> {
                    try {
                        CompiledConstraint constraint = Constraints.compile(grammar.read());
                        assertTrue(constraint.bytes() < 200L << 20, "bytes " + constraint.bytes());
                        follow(constraint);
                    } catch (ConstraintException e) {
                        assertTrue(String.valueOf(e.getMessage()).length() < 1000, "a long message");
                        assertNotEquals(ConstraintException.Reason.BUSY, e.reason());
                    } catch (ConstraintLimitException e) {
                        assertTrue(String.valueOf(e.getMessage()).contains("too ambiguous"), e.getMessage());
                    }
                }));
    }

    /** A thousand tokens: whatever was compiled is cheap to follow, or says that it is not. */
    private static void follow(CompiledConstraint constraint) {
        Configuration state = constraint.freshStart();
        for (int i = 0; i < 1000 && !state.mustEnd(); i++) {
            Work work = new Work(Constraints.MOST_OPERATIONS);
            long[] mask = state.allowed(work);
            assertTrue(work.spent() <= Constraints.MOST_OPERATIONS);
            int token = -1;
            for (int word = 0; word < mask.length && token < 0; word++) {
                int shift = (i + word) % 3 == 0
                        ? Long.numberOfTrailingZeros(mask[word])
                        : 63 - Long.numberOfLeadingZeros(mask[word]);
                token = mask[word] == 0 ? -1 : word * Long.SIZE + shift;
            }
            if (token < 0) {
                fail("a dead end after " + i + " tokens");
            }
            state = state.next(token);
        }
    }

    private static String list(int count, IntFunction<String> item) {
        return IntStream.range(0, count).mapToObj(item).collect(Collectors.joining(","));
    }

    /** Rules that call each other in a row. */
    private static String chain(int length) {
        return "root ::= r0\n"
                + IntStream.range(0, length)
                        .mapToObj(i -> "r" + i + " ::= \"(\" r" + (i + 1) + " \")\" | \"x\" r" + (i + 1))
                        .collect(Collectors.joining("\n"))
                + "\nr" + length + " ::= \"e\"";
    }

    /** A grammar of one text, twice as long for each rule. */
    private static String doubling(int length) {
        return "root ::= r0\n"
                + IntStream.range(0, length)
                        .mapToObj(i -> "r" + i + " ::= r" + (i + 1) + " r" + (i + 1))
                        .collect(Collectors.joining("\n"))
                + "\nr" + length + " ::= \"e\"";
    }
}
