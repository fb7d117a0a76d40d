// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Regular expressions against {@code java.util.regex}. */
class RegexTest {

    @Test
    void randomPatternsMatchWhatJavaMatches() throws ConstraintException {
        Random random = new Random(1);
        int compared = 0;
        for (int i = 0; i < 300; i++) {
            String pattern = pattern(random, 3);
            CompiledConstraint constraint;
            try {
                constraint = Constraints.compile(Grammar.regex(pattern));
            } catch (ConstraintException e) {
                // such as [^abc0-9]… that no text matches
                assertEquals(ConstraintException.Reason.INVALID, e.reason(), pattern + ": " + e.getMessage());
                continue;
            }
            Pattern oracle = Pattern.compile(pattern);
            for (int j = 0; j < 60; j++) {
                String text = text(random);
                assertEquals(
                        oracle.matcher(text).matches(), Constraints.accepts(constraint, text), pattern + " on " + text);
                compared++;
            }
            String generated = Constraints.generate(constraint, Constraints.TOKENIZER, random, 5);
            assertTrue(Pattern.compile(pattern).matcher(generated).matches(), pattern + " generated " + generated);
        }
        assertTrue(compared > 10_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\d{3}-\\d{4}", "[^\\s\\d]+", "\\w+@\\w+\\.com", "(?:ab|cd)*?x", "\\u00e9+", "[\\]\\-a]+", ".*\\.",
                        "[a-c€é]*",
                "(?<year>[0-9]{2})", "^abc$", "^ab|cd$", "", "a{0}", "[-a]", "[a-]", "\\x41\\t\\n"
            })
    void syntaxMeansWhatItMeansToJava(String pattern) throws ConstraintException {
        CompiledConstraint constraint = Constraints.compile(Grammar.regex(pattern));
        Pattern oracle = Pattern.compile(pattern);
        Random random = new Random(2);
        for (String text : List.of(
                "",
                "a",
                "ab",
                "cd",
                "abc",
                "x",
                "abcdx",
                "é",
                "éé",
                "€",
                "555-1234",
                "a@b.com",
                "]-",
                "99",
                "A\t\n",
                ".",
                "ab.")) {
            assertEquals(oracle.matcher(text).matches(), Constraints.accepts(constraint, text), text);
        }
        for (int i = 0; i < 30; i++) {
            String generated = Constraints.generate(constraint, Constraints.TOKENIZER, random, 8);
            assertTrue(oracle.matcher(generated).matches(), generated);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "(a)\\1; back-reference at position 3",
                "a(?=b); look-around",
                "a(?!b); look-around",
                "(?<=a)b; at position 0",
                "a\\bc; word boundary at position 1",
                "a^b; anchor that is not at an end of the pattern at position 1",
                "(^a); position 1",
                "a$b; position 1",
                "a++; possessive quantifier at position 2",
                "*a; position 0",
                "a**; position 2",
                "(a; not closed",
                "a); position 1",
                "[a; not closed",
                "[b-a]; no such range",
                "a{2,1}; maximum is below",
                "a{x}; position 1",
                "\\p{L}; escape '\\p'",
                "a\\; escapes nothing",
                "a{200000}; exceeds 100000",
                "\\u12; hexadecimal"
            })
    void whatIsNotRegularIsRefusedWithItsPosition(String pattern, String message) {
        ConstraintException refusal = assertThrows(ConstraintException.class, () -> Grammar.regex(pattern));
        assertTrue(String.valueOf(refusal.getMessage()).contains(message), refusal.getMessage());
    }

    private static String pattern(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 10)) {
            case 0 -> "a";
            case 1 -> "b";
            case 2 ->
                List.of("[ab]", "[^a]", ".", "\\d", "\\w", "\\S", "c", "é", "[a-c0]")
                        .get(random.nextInt(9));
            case 3 -> "ab";
            case 4, 5 -> pattern(random, depth - 1) + pattern(random, depth - 1);
            case 6, 7 -> "(" + pattern(random, depth - 1) + "|" + pattern(random, depth - 1) + ")";
            default ->
                "(?:" + pattern(random, depth - 1) + ")"
                        + List.of("*", "+", "?", "{2}", "{1,}", "{0,3}", "{2,3}", "*?")
                                .get(random.nextInt(8));
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(8);
        for (int i = 0; i < length; i++) {
            text.append("aabbc0é\n".charAt(random.nextInt(8)));
        }
        return text.toString();
    }
}
