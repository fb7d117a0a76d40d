// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Makes the automaton of a grammar and of all rules that it refers to. Rule 0 is the grammar itself. */
final class AutomatonBuilder {
    private final Budget budget;
    private final Automaton automaton;
    private final IdentityHashMap<Rule, Integer> numbers = new IdentityHashMap<>();
    private final List<Rule> rules = new ArrayList<>();

    private AutomatonBuilder(ByteClasses classes, Budget budget) {
        this.budget = budget;
        this.automaton = new Automaton(classes);
    }

    /**
     * Makes it.
     *
     * @param tokenBytes bytes that are tokens by themselves; others are left out of every text
     * @throws ConstraintException if a rule begins with itself, or for lack of budget
     */
    static Automaton build(Grammar grammar, BitSet tokenBytes, Budget budget) throws ConstraintException {
        ByteClasses classes = new ByteClasses(ByteBoundaries.of(grammar, budget), tokenBytes);
        AutomatonBuilder builder = new AutomatonBuilder(classes, budget);
        Rule root = new Rule("");
        root.define(grammar);
        builder.number(root);
        builder.buildRules();
        return builder.automaton;
    }

    private int number(Rule rule) {
        return numbers.computeIfAbsent(rule, added -> {
            rules.add(added);
            return rules.size() - 1;
        });
    }

    private void buildRules() throws ConstraintException {
        Map<CodePointSet, List<int[]>> encodings = new HashMap<>();
        List<Integer> starts = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            starts.add(new NfaBuilder(automaton.classes(), budget, this::number, encodings)
                    .build(rules.get(i).body(), automaton));
        }
        automaton.setStarts(starts.stream().mapToInt(Integer::intValue).toArray());
        automaton.finish();
        refuseLeftRecursion();
    }

    /** A rule that begins with itself would be entered again and again without a byte being read. */
    private void refuseLeftRecursion() throws ConstraintException {
        boolean[] nullable = nullableRules();
        List<List<Integer>> firsts = new ArrayList<>();
        for (int rule = 0; rule < rules.size(); rule++) {
            firsts.add(firstRules(rule, nullable));
        }
        // Kahn's algorithm: take away rules that none of those left begins with; a cycle is never taken away.
        int[] users = new int[rules.size()];
        firsts.forEach(called -> called.forEach(rule -> users[rule]++));
        List<Integer> free = new ArrayList<>();
        for (int rule = 0; rule < rules.size(); rule++) {
            if (users[rule] == 0) {
                free.add(rule);
            }
        }
        for (int i = 0; i < free.size(); i++) {
            for (int called : firsts.get(free.get(i))) {
                if (--users[called] == 0) {
                    free.add(called);
                }
            }
        }
        int[] user = new int[rules.size()];
        int onCycle = -1;
        for (int rule = 0; rule < rules.size(); rule++) {
            for (int called : users[rule] > 0 ? firsts.get(rule) : List.<Integer>of()) {
                user[called] = rule;
                onCycle = called;
            }
        }
        // Who uses a rule that is left is left itself, so going from user to user leads round a cycle.
        for (int i = 0; onCycle >= 0 && i < rules.size(); i++) {
            onCycle = user[onCycle];
        }
        if (onCycle >= 0) {
            throw ConstraintException.unsupported("rule '" + rules.get(onCycle).name()
                    + "' begins with itself, directly or through other rules (left recursion)");
        }
    }

    private boolean[] nullableRules() throws ConstraintException {
        boolean[] nullable = new boolean[rules.size()];
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int rule = 0; rule < rules.size(); rule++) {
                if (!nullable[rule]) {
                    for (int state : reachedWithoutBytes(rule, nullable)) {
                        nullable[rule] |= automaton.isAccepting(state);
                    }
                    changed |= nullable[rule];
                }
            }
        }
        return nullable;
    }

    /** Rules that may be entered before the first byte of this one. */
    private List<Integer> firstRules(int rule, boolean[] nullable) throws ConstraintException {
        BitSet called = new BitSet();
        for (int state : reachedWithoutBytes(rule, nullable)) {
            for (int call = 0; call < automaton.calls(state); call++) {
                called.set(automaton.calledRule(state, call));
            }
        }
        return called.stream().boxed().toList();
    }

    private List<Integer> reachedWithoutBytes(int rule, boolean[] nullable) throws ConstraintException {
        List<Integer> reached = new ArrayList<>();
        BitSet seen = new BitSet();
        reached.add(automaton.start(rule));
        seen.set(automaton.start(rule));
        for (int i = 0; i < reached.size(); i++) {
            int state = reached.get(i);
            for (int call = 0; call < automaton.calls(state); call++) {
                budget.step();
                int target = automaton.callTarget(state, call);
                if (nullable[automaton.calledRule(state, call)] && !seen.get(target)) {
                    seen.set(target);
                    reached.add(target);
                }
            }
        }
        return reached;
    }
}
