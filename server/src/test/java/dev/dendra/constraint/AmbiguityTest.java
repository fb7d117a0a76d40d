// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.ConstraintLimitException;
import dev.dendra.engine.TokenConstraint;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What grammars that can be read in many ways at once may cost. */
class AmbiguityTest {
    /** Ambiguous without bound, but only behind a text that nobody writes by chance. */
    private static final String HIDDEN = """
            root ::= "abbabaabbaab" many | [ab]{14}
            many ::= "a" many many many | ""
            """;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "root ::= \"a\" root root root | \"\"",
                "root ::= [a-z] root root root root | [a-m]",
                "root ::= x x x x\nx ::= \"a\" x x x y | \"\"\ny ::= [ab] x x x | \"\""
            })
    void grammarsAmbiguousWithoutBoundAreRefused(String source) {
        ConstraintException refusal =
                assertThrows(ConstraintException.class, () -> Constraints.compile(Grammar.gbnf(source)));
        assertEquals(ConstraintException.Reason.TOO_COMPLEX, refusal.reason());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains("too ambiguous"), message);
        assertTrue(message.contains("" + Constraints.MOST_OPERATIONS), "the bound is that of one question: " + message);
    }

    @Test
    void whatIsFoundTooLateEndsAtTheSameTokenEachTime() throws ConstraintException {
        int first = tokensUntilRefusal(Constraints.compile(Grammar.gbnf(HIDDEN)));
        assertTrue(first > 20, "tokens: " + first);
        assertEquals(first, tokensUntilRefusal(Constraints.compile(Grammar.gbnf(HIDDEN))));
    }

    /** Reads the hidden text and then the same letter until that costs too much. */
    private static int tokensUntilRefusal(CompiledConstraint constraint) {
        Configuration at = constraint.freshStart();
        for (byte letter : "abbabaabbaab".getBytes(StandardCharsets.UTF_8)) {
            at = at.next(letter);
        }
        for (int tokens = 1; tokens < 10_000; tokens++) {
            Work work = new Work(Constraints.MOST_OPERATIONS);
            try {
                assertFalse(at.allowed(work)[0] == 0 && !at.mayEnd());
                at = at.next('a');
            } catch (ConstraintLimitException e) {
                // No more than one object over the limit was made.
                assertTrue(work.spent() < Constraints.MOST_OPERATIONS + 100_000, "spent " + work.spent());
                return tokens;
            }
        }
        throw new AssertionError("ten thousand tokens were not too many");
    }

    @Test
    void otherTextsOfTheSameConstraintGoOn() throws ConstraintException {
        CompiledConstraint constraint = Constraints.compile(Grammar.gbnf(HIDDEN));
        tokensUntilRefusal(constraint);
        assertTrue(Constraints.accepts(constraint, "abababababbaab"));
        assertTrue(Constraints.accepts(constraint, "abbabaabbaab"));
        assertFalse(Constraints.accepts(constraint, "abbabaabbabb!"));
    }

    @Test
    void boundedAmbiguityLosesNoStack() throws ConstraintException {
        // Which of the endings is due is known only at the end, behind any number of letters.
        CompiledConstraint constraint = Constraints.compile(Grammar.gbnf("""
                root ::= x | y | z
                x ::= "a" x "1" | "b"
                y ::= "a" y "2" | "b"
                z ::= "a" z "3" | "a" x "4" | "b"
                """));
        for (int depth : new int[] {1, 10, 100}) {
            for (String ending : new String[] {"1", "2", "3"}) {
                assertTrue(Constraints.accepts(constraint, "a".repeat(depth) + "b" + ending.repeat(depth)));
            }
            assertTrue(Constraints.accepts(constraint, "a".repeat(depth) + "b" + "1".repeat(depth - 1) + "4"));
            assertFalse(Constraints.accepts(constraint, "a".repeat(depth) + "b" + "2".repeat(depth) + "4"));
        }
    }

    @Test
    void masksAreRightWhenNoMoreIsKept() throws ConstraintException {
        CompiledConstraint constraint = Constraints.compile(
                Grammar.gbnf("root ::= \"(\" root \")\" root | \"[\" root \"]\" root | \"{\" root \"}\" root | \"\""));
        Random random = new Random(11);
        Configuration at = constraint.freshStart();
        ConfigurationSpace space = at.space();
        StringBuilder open = new StringBuilder();
        int checked = 0;
        for (int i = 0; i < 400_000 && checked < 40; i++) {
            boolean opens = open.isEmpty() || (open.length() < 60 && random.nextInt(100) < 55);
            int kind = opens ? random.nextInt(3) : "([{".indexOf(open.charAt(open.length() - 1));
            if (opens) {
                open.append("([{".charAt(kind));
            } else {
                open.setLength(open.length() - 1);
            }
            at = at.next((opens ? "([{" : ")]}").charAt(kind));
            if (space.isFull() && !at.isKept()) {
                Constraints.assertMaskIsRight(Constraints.TOKENIZER, at);
                checked++;
            }
        }
        assertEquals(40, checked, "the space was never full");
        TokenConstraint.State fresh = constraint.start();
        assertTrue(fresh.allows('('));
    }
}
