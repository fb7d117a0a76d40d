// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * States that no text of a bounded length tells apart. Masks depend on no more bytes than the longest token has, so states
 * of one block have the same: of the thousand states of {@code .{1,1000}} most are one block. Moore's refinement (1956),
 * ended after as many rounds as there are bytes.
 */
final class StateBlocks {
    private static final int[] NO_STATES = {};

    private final Automaton automaton;
    private final Budget budget;
    private final boolean[] nullable;

    private StateBlocks(Automaton automaton, Budget budget) {
        this.automaton = automaton;
        this.budget = budget;
        this.nullable = nullableRules(automaton);
    }

    /** Number of the block of each state; blocks are numbered from 0. */
    static int[] of(Automaton automaton, int length, Budget budget) throws ConstraintException {
        return new StateBlocks(automaton, budget).refine(length);
    }

    private int[] refine(int rounds) throws ConstraintException {
        int[] blocks = new int[automaton.size()];
        int count = 1;
        // The first round only divides states by where their rules end, and one more sees where a token ends.
        for (int round = 0; round < rounds + 2; round++) {
            int[] refined = new int[blocks.length];
            int refinedCount = round(blocks, refined);
            blocks = refined;
            if (refinedCount == count) {
                break;
            }
            count = refinedCount;
        }
        return blocks;
    }

    private int round(int[] blocks, int[] refined) throws ConstraintException {
        Map<Integer, int[]> byHash = HashMap.newHashMap(blocks.length);
        int count = 0;
        for (int state = 0; state < blocks.length; state++) {
            budget.step();
            int hash = hash(state, blocks);
            int[] candidates = byHash.getOrDefault(hash, NO_STATES);
            int same = -1;
            for (int i = 0; i < candidates.length && same < 0; i++) {
                same = alike(state, candidates[i], blocks) ? candidates[i] : -1;
            }
            if (same >= 0) {
                refined[state] = refined[same];
            } else {
                refined[state] = count++;
                int[] more = Arrays.copyOf(candidates, candidates.length + 1);
                more[candidates.length] = state;
                byHash.put(hash, more);
            }
        }
        return count;
    }

    private int hash(int state, int[] blocks) {
        int hash = automaton.isAccepting(state) ? 1 : 0;
        hash = hash * 31 + blocks[state];
        for (int call = 0; call < automaton.calls(state); call++) {
            // Like no other state; see below.
            hash = nullable[automaton.calledRule(state, call)] ? hash * 31 + state : hash;
        }
        for (int c = 0; c < automaton.classes().count(); c++) {
            int next = automaton.next(state, c);
            hash = hash * 0x9E3779B1 + (next == Automaton.DEAD ? -1 : blocks[next]);
            hash ^= hash >>> 15;
        }
        return hash;
    }

    private boolean alike(int left, int right, int[] blocks) {
        if (automaton.isAccepting(left) != automaton.isAccepting(right)
                || blocks[left] != blocks[right]
                || automaton.calls(left) != automaton.calls(right)) {
            return false;
        }
        for (int call = 0; call < automaton.calls(left); call++) {
            int rule = automaton.calledRule(left, call);
            // A rule that may be empty leads on without a byte, which rounds do not count.
            if (nullable[rule]
                    || rule != automaton.calledRule(right, call)
                    || automaton.onlyReturns(automaton.callTarget(left, call))
                            != automaton.onlyReturns(automaton.callTarget(right, call))
                    || blocks[automaton.callTarget(left, call)] != blocks[automaton.callTarget(right, call)]) {
                return false;
            }
        }
        for (int c = 0; c < automaton.classes().count(); c++) {
            int leftNext = automaton.next(left, c);
            int rightNext = automaton.next(right, c);
            boolean differ = leftNext == Automaton.DEAD || rightNext == Automaton.DEAD
                    ? leftNext != rightNext
                    : blocks[leftNext] != blocks[rightNext];
            if (differ) {
                return false;
            }
        }
        return true;
    }

    private static boolean[] nullableRules(Automaton automaton) {
        boolean[] nullable = new boolean[automaton.rules()];
        for (int rule = 0; rule < nullable.length; rule++) {
            // Rules that are empty only by way of others count too: being careful costs masks, not errors.
            int start = automaton.start(rule);
            nullable[rule] = automaton.isAccepting(start) || automaton.calls(start) > 0;
        }
        return nullable;
    }
}
