// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.TokenConstraint;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** A vocabulary and what tests do with constraints over it. */
final class Constraints {
    static final MixedTokenizer TOKENIZER = new MixedTokenizer(
            false,
            List.of(
                    "ab",
                    "ba",
                    "aa",
                    "abc",
                    "bb",
                    "a,b",
                    "\",",
                    "\":",
                    "\": ",
                    "{\"",
                    "\"}",
                    "\"},",
                    "\", \"",
                    "}}",
                    "]]",
                    "[[",
                    "]}",
                    "[{",
                    "{}",
                    "[]",
                    "null",
                    "true",
                    "false",
                    ": ",
                    ", ",
                    "10",
                    "123",
                    "-1",
                    "0.",
                    ".5",
                    "e+",
                    "\\\"",
                    "\\u",
                    "\\ud83d",
                    "\\n",
                    "é",
                    "€",
                    "é\"",
                    "name",
                    " name",
                    "((",
                    "))",
                    "()",
                    ")(",
                    "  ",
                    " a",
                    "\n",
                    "an",
                    "aaaaaaaa",
                    "bbbbbbbbbbbb",
                    "ab\"",
                    "-",
                    "20",
                    "T1",
                    ":0",
                    "Z\""));

    private static final ConstraintCompiler COMPILER = new ConstraintCompiler(TOKENIZER, Set.of());

    /** Most operations of one question. */
    static final int MOST_OPERATIONS = Work.limit(new TokenTrie(TOKENIZER, Set.of()));

    private Constraints() {}

    static CompiledConstraint compile(Grammar grammar) throws ConstraintException {
        return (CompiledConstraint) COMPILER.compile(grammar, true);
    }

    /** Whether a text is one of the constraint's, read byte by byte. */
    static boolean accepts(TokenConstraint constraint, String text) {
        return accepts(constraint, text.getBytes(StandardCharsets.UTF_8));
    }

    static boolean accepts(TokenConstraint constraint, byte[] text) {
        TokenConstraint.State state = constraint.start();
        for (byte value : text) {
            if (!state.allows(value & 0xFF)) {
                return false;
            }
            state = state.next(value & 0xFF);
        }
        return state.mayEnd();
    }

    /** Checks a mask against what reading each token's bytes one by one says. */
    static void assertMaskIsRight(MixedTokenizer tokenizer, TokenConstraint.State state) {
        long[] mask = state.allowed();
        boolean any = false;
        for (int token = 0; token < tokenizer.vocabularySize(); token++) {
            boolean expected = !tokenizer.isControl(token);
            TokenConstraint.State at = state;
            for (byte value : tokenizer.bytes(token)) {
                expected = expected && at.allows(value & 0xFF);
                at = expected ? at.next(value & 0xFF) : at;
            }
            boolean bit = (mask[token / 64] & (1L << token)) != 0;
            assertEquals(expected, bit, "mask of " + tokenizer.spelling(token));
            assertEquals(expected, state.allows(token), tokenizer.spelling(token));
            any |= expected;
        }
        assertEquals(!any, state.mustEnd());
        assertTrue(any || state.mayEnd(), "a dead end");
    }

    /**
     * A text of random tokens that a constraint allows, whose masks are checked on the way.
     *
     * @param patience tokens after which the text ends as soon as it may
     */
    static String generate(TokenConstraint constraint, MixedTokenizer tokenizer, Random random, int patience) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        TokenConstraint.State state = constraint.start();
        for (int i = 0; i < 100_000; i++) {
            if (state.mustEnd() || (state.mayEnd() && (i > patience || random.nextInt(8) == 0))) {
                return text.toString(StandardCharsets.UTF_8);
            }
            if (random.nextInt(10) == 0) {
                assertMaskIsRight(tokenizer, state);
            }
            int token = random(tokenizer, state, random, i > patience);
            text.writeBytes(tokenizer.bytes(token));
            state = state.next(token);
        }
        throw new AssertionError(
                "no end: " + text.toString(StandardCharsets.UTF_8).substring(0, 200));
    }

    private static int random(MixedTokenizer tokenizer, TokenConstraint.State state, Random random, boolean hurry) {
        long[] mask = state.allowed();
        if (hurry) {
            for (char closing : "\"}],:.0bd".toCharArray()) {
                if (state.allows(closing) && random.nextInt(3) == 0) {
                    return closing;
                }
            }
        }
        int token;
        do {
            token = random.nextInt(tokenizer.vocabularySize());
            // printable bytes more often than others
            token = token < 32 || (token >= 127 && token < 256) ? random.nextInt(tokenizer.vocabularySize()) : token;
        } while ((mask[token / 64] & (1L << token)) == 0);
        assertFalse(tokenizer.isControl(token));
        return token;
    }
}
