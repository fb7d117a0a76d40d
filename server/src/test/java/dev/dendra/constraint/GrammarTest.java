// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.engine.TokenConstraint;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Grammars with rules, and grammars put together from parts. */
class GrammarTest {

    @Test
    void randomRecursiveGrammarsAcceptWhatTheyDerive() throws ConstraintException {
        Random random = new Random(7);
        int compiled = 0;
        int accepted = 0;
        int ambiguous = 0;
        for (int i = 0; i < 250; i++) {
            List<List<String>> rules = List.of(alternatives(random), alternatives(random), alternatives(random));
            CompiledConstraint constraint;
            try {
                constraint = Constraints.compile(Grammar.gbnf(gbnf(rules)));
            } catch (ConstraintException e) {
                String message = String.valueOf(e.getMessage());
                ambiguous += message.contains("too ambiguous") ? 1 : 0;
                assertTrue(
                        message.contains("left recursion")
                                || message.contains("no text")
                                || message.contains("too ambiguous"),
                        message);
                continue;
            }
            compiled++;
            Derivations oracle = new Derivations(rules);
            for (int j = 0; j < 80; j++) {
                String text = text(random);
                boolean expected = oracle.derives(0, text);
                assertEquals(expected, Constraints.accepts(constraint, text), gbnf(rules) + " on " + text);
                accepted += expected ? 1 : 0;
            }
            TokenConstraint.State state = constraint.start();
            for (int j = 0; j < 8 && !state.mustEnd(); j++) {
                Constraints.assertMaskIsRight(Constraints.TOKENIZER, state);
                int token = random.nextInt(Constraints.TOKENIZER.vocabularySize());
                state = state.allows(token) ? state.next(token) : state;
            }
        }
        assertTrue(compiled > 80 && accepted > 200, compiled + " and " + accepted);
        assertTrue(ambiguous < 10, "too ambiguous: " + ambiguous);
    }

    @Test
    void theUsualNotationIsRead() throws ConstraintException {
        CompiledConstraint constraint = Constraints.compile(Grammar.gbnf("""
                # sums
                root  ::= term (("+" | "-") term)* end
                term  ::= num | "(" root-inner ")"
                root-inner ::= term
                  | term "+" root-inner   # may go on
                num   ::= [1-9] [0-9]{0,2}
                end   ::= "\\n"? [^a-z\\x00-\\x1f\\]]
                """));
        for (String text : List.of("1+20-300.", "((7))\n!", "(1+2+3)-4€")) {
            assertTrue(Constraints.accepts(constraint, text), text);
        }
        for (String text : List.of("", "01.", "1++.", "(1", "1234.", "1]", "(1-2).")) {
            assertFalse(Constraints.accepts(constraint, text), text);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "root ::= x; no rule 'x'",
                "a ::= [a]; no rule 'root'",
                "root ::= (; not closed",
                "root ::= [a; not closed",
                "root ::= a) ; line 1",
                "root ::= [a]{3,1}; no repetition",
                "root ::= root [a]; left recursion",
                "root ::= [b]? x | [a] ; no rule",
                "root = [a]; expected a rule",
                "root ::= [a]{200000}; exceeds 100000"
            })
    void wrongGrammarsAreRefusedWithTheirPlace(String source, String message) {
        ConstraintException refusal =
                assertThrows(ConstraintException.class, () -> Constraints.compile(Grammar.gbnf(source)));
        assertTrue(String.valueOf(refusal.getMessage()).contains(message), refusal.getMessage());
    }

    @Test
    void partsMakeAToolCall() throws Exception {
        Grammar arguments = Grammar.jsonSchema(new ObjectMapper().readTree("""
                {"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}
                """));
        Grammar call = Grammar.sequence(
                Grammar.literal("<tool_call>\n{\"name\": \"f\", \"arguments\": "),
                arguments,
                Grammar.literal("}\n</tool_call>"));
        CompiledConstraint calls = Constraints.compile(Grammar.choice(
                Grammar.textWithout("<tool_call>"),
                Grammar.sequence(
                        Grammar.optional(Grammar.textUntil("\n\n")), Grammar.repeat(call, 1, Grammar.UNLIMITED))));
        String one = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"city\": \"Roma\"}}\n</tool_call>";
        for (String text : List.of("", "Hi < there", one, one + one, "Let me see:\n\n" + one, "<tool_cal")) {
            assertTrue(Constraints.accepts(calls, text), text);
        }
        for (String text : List.of("<tool_call>", one + " ", "a" + one, one.replace("city", "town"))) {
            assertFalse(Constraints.accepts(calls, text), text);
        }
        Random random = new Random(8);
        for (int i = 0; i < 20; i++) {
            assertTrue(Constraints.accepts(calls, Constraints.generate(calls, Constraints.TOKENIZER, random, 20)));
        }
    }

    @Test
    void anEndIsFoundWhereItOverlapsItself() throws ConstraintException {
        CompiledConstraint constraint = Constraints.compile(Grammar.textUntil("abab€"));
        Random random = new Random(9);
        for (int i = 0; i < 3000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(12); j > 0; j--) {
                text.append("aabb€".charAt(random.nextInt(5)));
            }
            text.append(random.nextBoolean() ? "abab€" : "");
            boolean expected = text.indexOf("abab€") >= 0 && text.indexOf("abab€") == text.length() - 5;
            assertEquals(expected, Constraints.accepts(constraint, text.toString()), text.toString());
        }
    }

    @Test
    void theSpaceInFrontOfATextOfItsOwnIsLeftOut() throws ConstraintException {
        MixedTokenizer sentencePiece = new MixedTokenizer(true, List.of(" ab", "ab", "  ", " a b"));
        ConstraintCompiler compiler = new ConstraintCompiler(sentencePiece, Set.of());
        TokenConstraint ab = compiler.compile(Grammar.literal("ab"), true);
        assertTrue(Constraints.accepts(ab, "ab") && Constraints.accepts(ab, " ab"));
        assertFalse(Constraints.accepts(ab, "  ab"));
        Constraints.assertMaskIsRight(sentencePiece, ab.start());
        TokenConstraint spaced = compiler.compile(Grammar.literal(" ab"), true);
        // " ab" would be read as "ab"
        assertTrue(Constraints.accepts(spaced, "  ab"));
        assertFalse(Constraints.accepts(spaced, " ab"));
        TokenConstraint continuation = compiler.compile(Grammar.literal("ab"), false);
        assertFalse(Constraints.accepts(continuation, " ab"));
    }

    @Test
    void stacksThatDifferInTheMiddleStayApart() throws ConstraintException {
        // Both ways of opening look the same; only what closes tells them apart.
        CompiledConstraint constraint =
                Constraints.compile(Grammar.gbnf("root ::= \"(\" root \")\" | \"(\" root \"]\" | \"x\""));
        TokenConstraint.State state = constraint.start();
        for (int i = 0; i < 100; i++) {
            state = state.next('(');
        }
        state = state.next('x');
        for (int i = 0; i < 100; i++) {
            assertTrue(state.allows(')') && state.allows(']'));
            assertFalse(state.mayEnd());
            state = state.next(i % 3 == 0 ? ')' : ']');
        }
        assertTrue(state.mayEnd() && state.mustEnd());
    }

    /** Alternatives as strings of terminals a, b and rules X, Y, Z. */
    private static List<String> alternatives(Random random) {
        int count = 1 + random.nextInt(3);
        return Stream.generate(() -> {
                    StringBuilder alternative = new StringBuilder();
                    for (int i = random.nextInt(4); i > 0; i--) {
                        alternative.append("abaXYZ".charAt(random.nextInt(6)));
                    }
                    return alternative.toString();
                })
                .limit(count)
                .toList();
    }

    private static String gbnf(List<List<String>> rules) {
        StringBuilder grammar = new StringBuilder("root ::= X\n");
        for (int rule = 0; rule < rules.size(); rule++) {
            grammar.append("XYZ".charAt(rule)).append(" ::= ");
            for (int i = 0; i < rules.get(rule).size(); i++) {
                grammar.append(i == 0 ? "" : " | ");
                for (char symbol : rules.get(rule).get(i).toCharArray()) {
                    grammar.append(symbol >= 'a' ? "\"" + symbol + "\" " : symbol + " ");
                }
                grammar.append("\"\"");
            }
            grammar.append('\n');
        }
        return grammar.toString();
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(7); i > 0; i--) {
            text.append(random.nextInt(3) == 0 ? 'b' : 'a');
        }
        return text.toString();
    }

    /** Which substrings each rule derives: the least fixed point, by brute force. */
    private static final class Derivations {
        private final List<List<String>> rules;
        private final Map<String, Set<String>> known = new HashMap<>();

        Derivations(List<List<String>> rules) {
            this.rules = rules;
        }

        boolean derives(int rule, String text) {
            return known.computeIfAbsent(text, this::solve).contains(rule + ":" + text);
        }

        private Set<String> solve(String text) {
            Set<String> facts = new HashSet<>();
            boolean grows = true;
            while (grows) {
                grows = false;
                for (int rule = 0; rule < rules.size(); rule++) {
                    for (int from = 0; from <= text.length(); from++) {
                        for (int to = from; to <= text.length(); to++) {
                            String part = text.substring(from, to);
                            for (String alternative : rules.get(rule)) {
                                if (matches(alternative, part, facts)) {
                                    grows |= facts.add(rule + ":" + part);
                                }
                            }
                        }
                    }
                }
            }
            return facts;
        }

        private static boolean matches(String symbols, String text, Set<String> facts) {
            if (symbols.isEmpty()) {
                return text.isEmpty();
            }
            char first = symbols.charAt(0);
            for (int length = 0; length <= text.length(); length++) {
                String head = text.substring(0, length);
                boolean fits = first >= 'a'
                        ? head.equals(String.valueOf(first))
                        : facts.contains("XYZ".indexOf(first) + ":" + head);
                if (fits && matches(symbols.substring(1), text.substring(length), facts)) {
                    return true;
                }
            }
            return false;
        }
    }
}
