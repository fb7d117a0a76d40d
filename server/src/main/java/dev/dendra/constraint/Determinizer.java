// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Subset construction (Rabin and Scott, 1959): a state of the deterministic automaton is the set of states that the
 * nondeterministic one may be in. Calls of rules count as symbols.
 */
final class Determinizer {
    private final Nfa nfa;
    private final Automaton out;
    private final Budget budget;
    private final int accepting;
    private final Map<StateSet, Integer> numbers = new HashMap<>();
    private final List<StateSet> sets = new ArrayList<>();
    private final int[] seen;
    private int search;
    private int[] found = new int[64];
    private int foundSize;
    private int[] open = new int[64];

    /** Sorted states; equal if they hold the same. */
    private static final class StateSet {
        private final int[] states;
        private final int hash;

        StateSet(int[] states) {
            this.states = states;
            this.hash = Arrays.hashCode(states);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof StateSet set && Arrays.equals(states, set.states);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private Determinizer(Nfa nfa, int accepting, Automaton out, Budget budget) {
        this.nfa = nfa;
        this.accepting = accepting;
        this.out = out;
        this.budget = budget;
        this.seen = new int[nfa.size()];
    }

    /** Adds the automaton that goes from {@code start} to {@code accepting} to {@code out}; its start state. */
    static int determinize(Nfa nfa, int start, int accepting, Automaton out, Budget budget) throws ConstraintException {
        return new Determinizer(nfa, accepting, out, budget).run(start);
    }

    private int run(int start) throws ConstraintException {
        beginSearch();
        reach(start);
        int first = number();
        for (int i = 0; i < sets.size(); i++) {
            expand(first + i, sets.get(i).states);
        }
        return first;
    }

    private void expand(int state, int[] set) throws ConstraintException {
        List<Integer> classEdges = new ArrayList<>();
        // by rule
        TreeMap<Integer, List<Integer>> calls = new TreeMap<>();
        for (int member : set) {
            if (member == accepting) {
                out.setAccepting(state);
            }
            for (int edge = nfa.firstEdge(member); edge != Nfa.NONE; edge = nfa.nextEdge(edge)) {
                if (nfa.isCall(edge)) {
                    calls.computeIfAbsent(nfa.rule(edge), rule -> new ArrayList<>())
                            .add(nfa.target(edge));
                } else if (!nfa.isEmpty(edge)) {
                    classEdges.add(edge);
                }
            }
        }
        expandClasses(state, classEdges);
        int[] rulesAndTargets = new int[2 * calls.size()];
        int size = 0;
        for (Map.Entry<Integer, List<Integer>> call : calls.entrySet()) {
            beginSearch();
            for (int target : call.getValue()) {
                reach(target);
            }
            rulesAndTargets[size++] = call.getKey();
            rulesAndTargets[size++] = number();
        }
        out.setCalls(state, rulesAndTargets);
    }

    private void expandClasses(int state, List<Integer> edges) throws ConstraintException {
        int count = out.classes().count();
        boolean[] begins = new boolean[count + 1];
        for (int edge : edges) {
            begins[nfa.firstClass(edge)] = true;
            begins[nfa.lastClass(edge) + 1] = true;
        }
        int successor = Automaton.DEAD;
        for (int c = 0; c < count; c++) {
            if (begins[c]) {
                successor = successor(edges, c);
            }
            if (successor != Automaton.DEAD && out.classes().isProducible(c)) {
                out.setNext(state, c, successor);
            }
        }
    }

    private int successor(List<Integer> edges, int byteClass) throws ConstraintException {
        beginSearch();
        for (int edge : edges) {
            budget.step();
            if (nfa.firstClass(edge) <= byteClass && byteClass <= nfa.lastClass(edge)) {
                reach(nfa.target(edge));
            }
        }
        return foundSize == 0 ? Automaton.DEAD : number();
    }

    private void beginSearch() {
        search++;
        foundSize = 0;
    }

    /** Notes {@code from} and what empty edges lead to from there, leaving out states that have none but such edges. */
    private void reach(int from) throws ConstraintException {
        int size = 0;
        if (seen[from] != search) {
            seen[from] = search;
            open[size++] = from;
        }
        while (size > 0) {
            budget.step();
            int state = open[--size];
            boolean matters = state == accepting;
            for (int edge = nfa.firstEdge(state); edge != Nfa.NONE; edge = nfa.nextEdge(edge)) {
                if (!nfa.isEmpty(edge)) {
                    matters = true;
                } else if (seen[nfa.target(edge)] != search) {
                    seen[nfa.target(edge)] = search;
                    if (size == open.length) {
                        open = Arrays.copyOf(open, 2 * size);
                    }
                    open[size++] = nfa.target(edge);
                }
            }
            if (matters) {
                if (foundSize == found.length) {
                    found = Arrays.copyOf(found, 2 * foundSize);
                }
                found[foundSize++] = state;
            }
        }
    }

    /** The state for what was found. */
    private int number() throws ConstraintException {
        int[] states = Arrays.copyOf(found, foundSize);
        Arrays.sort(states);
        StateSet set = new StateSet(states);
        Integer known = numbers.get(set);
        if (known != null) {
            return known;
        }
        budget.state();
        budget.members(states.length);
        int state = out.addState();
        numbers.put(set, state);
        sets.add(set);
        return state;
    }
}
