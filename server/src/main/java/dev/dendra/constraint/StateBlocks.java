// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * States that no text of a bounded length tells apart. Masks depend on no more bytes than the longest token has, so states
 * of one block have the same: of the thousand states of {@code .{1,1000}} most are one block. Moore's refinement (1956),
 * ended after as many rounds as there are bytes; each
 * round looks only at states whose successors have changed.
 */
final class StateBlocks {
    private static final int[] NO_STATES = {};

    private final Automaton automaton;
    private final Budget budget;
    private final boolean[] nullable;
    private final int[] firstPredecessor;
    private int[] predecessors = NO_STATES;

    private StateBlocks(Automaton automaton, Budget budget) {
        this.automaton = automaton;
        this.budget = budget;
        this.nullable = nullableRules(automaton);
        this.firstPredecessor = new int[automaton.size() + 1];
        findPredecessors();
    }

    /** Number of the block of each state; blocks are numbered from 0. */
    static int[] of(Automaton automaton, int length, Budget budget) throws ConstraintException {
        return new StateBlocks(automaton, budget).refine(length);
    }

    private int[] refine(int rounds) throws ConstraintException {
        int size = automaton.size();
        int[] blocks = new int[size];
        int[] sizes = new int[size + 1];
        int count = 1;
        sizes[0] = size;
        int[] open = IntStream.range(0, size).toArray();
        // The first round only divides states by where their rules end, and one more sees where a token ends.
        for (int round = 0; round < rounds + 2 && open.length > 0; round++) {
            Map<Integer, List<Integer>> groups = groups(open, blocks);
            int[] openOfBlock = new int[count];
            for (int state : open) {
                openOfBlock[blocks[state]]++;
            }
            // Nobody else of a block has changed successors: who has none keeps the number, or else one group does.
            boolean[] keeps = new boolean[count];
            int before = count;
            int[] renumbered = blocks.clone();
            BitSet changed = new BitSet();
            for (List<Integer> group : groups.values()) {
                int old = blocks[group.getFirst()];
                if (openOfBlock[old] == sizes[old] && !keeps[old]) {
                    keeps[old] = true;
                    continue;
                }
                for (int state : group) {
                    renumbered[state] = count;
                    changed.set(state);
                }
                count++;
            }
            for (int state = changed.nextSetBit(0); state >= 0; state = changed.nextSetBit(state + 1)) {
                sizes[blocks[state]]--;
                sizes[renumbered[state]]++;
            }
            blocks = renumbered;
            if (count == before) {
                break;
            }
            open = predecessors(changed);
        }
        return blocks;
    }

    /** States of one block that have equal successors, by the first of them. */
    private Map<Integer, List<Integer>> groups(int[] states, int[] blocks) throws ConstraintException {
        Map<Integer, int[]> byHash = HashMap.newHashMap(states.length);
        Map<Integer, List<Integer>> groups = new LinkedHashMap<>();
        for (int state : states) {
            budget.step();
            int hash = hash(state, blocks);
            int[] candidates = byHash.getOrDefault(hash, NO_STATES);
            int same = -1;
            for (int i = 0; i < candidates.length && same < 0; i++) {
                same = alike(state, candidates[i], blocks) ? candidates[i] : -1;
            }
            if (same < 0) {
                same = state;
                int[] more = Arrays.copyOf(candidates, candidates.length + 1);
                more[candidates.length] = state;
                byHash.put(hash, more);
            }
            groups.computeIfAbsent(same, first -> new ArrayList<>()).add(state);
        }
        return groups;
    }

    /** States that lead to any of {@code targets}. */
    private int[] predecessors(BitSet targets) throws ConstraintException {
        BitSet found = new BitSet();
        for (int state = targets.nextSetBit(0); state >= 0; state = targets.nextSetBit(state + 1)) {
            budget.step();
            for (int i = firstPredecessor[state]; i < firstPredecessor[state + 1]; i++) {
                found.set(predecessors[i]);
            }
        }
        return found.stream().toArray();
    }

    /** Lists for each state the states that lead to it. */
    private void findPredecessors() {
        int size = automaton.size();
        for (int pass = 0; pass < 2; pass++) {
            int[] filled = pass == 0 ? new int[size + 1] : firstPredecessor.clone();
            for (int state = 0; state < size; state++) {
                int last = Automaton.DEAD;
                for (int c = 0; c < automaton.classes().count(); c++) {
                    int next = automaton.next(state, c);
                    // Neighbouring classes mostly lead to the same state.
                    if (next != Automaton.DEAD && next != last) {
                        note(pass, filled, next, state);
                    }
                    last = next;
                }
                for (int call = 0; call < automaton.calls(state); call++) {
                    note(pass, filled, automaton.callTarget(state, call), state);
                }
            }
            if (pass == 0) {
                for (int state = 0; state < size; state++) {
                    firstPredecessor[state + 1] = firstPredecessor[state] + filled[state];
                }
                predecessors = new int[firstPredecessor[size]];
            }
        }
    }

    private void note(int pass, int[] filled, int target, int state) {
        if (pass == 1) {
            predecessors[filled[target]] = state;
        }
        filled[target]++;
    }

    private int hash(int state, int[] blocks) {
        int hash = automaton.isAccepting(state) ? 1 : 0;
        hash = hash * 31 + blocks[state];
        for (int call = 0; call < automaton.calls(state); call++) {
            // Like no other state; see below.
            hash = nullable[automaton.calledRule(state, call)] ? (hash * 31) + state : hash;
        }
        for (int c = 0; c < automaton.classes().count(); c++) {
            int next = automaton.next(state, c);
            hash = (hash * 0x9E3779B1) + (next == Automaton.DEAD ? -1 : blocks[next]);
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
            boolean differ = (leftNext == Automaton.DEAD || rightNext == Automaton.DEAD)
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
