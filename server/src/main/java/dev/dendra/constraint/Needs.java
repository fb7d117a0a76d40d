// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.Arrays;

/**
 * How deep calls must nest at least before the rule of a state can end: the means to bound nesting without ever entering
 * what could not be finished within the bound. States whose rule can never end have {@link #NEVER}.
 */
final class Needs {
    /** The rule cannot be ended by any text. */
    static final int NEVER = Integer.MAX_VALUE;

    private final int[] needs;
    private final int[] readingNeeds;
    private final int largest;

    private Needs(int[] needs, int[] readingNeeds) {
        this.needs = needs;
        this.readingNeeds = readingNeeds;
        this.largest = Arrays.stream(needs).filter(need -> need != NEVER).max().orElse(0);
    }

    static Needs of(Automaton automaton, Budget budget) throws ConstraintException {
        int[] needs = new int[automaton.size()];
        Arrays.fill(needs, NEVER);
        boolean changed = true;
        while (changed) {
            changed = false;
            // Successors mostly have larger numbers, so one sweep downwards settles most.
            for (int state = automaton.size() - 1; state >= 0; state--) {
                int need = need(automaton, state, needs, budget);
                if (need < needs[state]) {
                    needs[state] = need;
                    changed = true;
                }
            }
        }
        int[] readingNeeds = new int[needs.length];
        for (int state = 0; state < needs.length; state++) {
            readingNeeds[state] = readingNeed(automaton, state, needs);
        }
        return new Needs(needs, readingNeeds);
    }

    private static int need(Automaton automaton, int state, int[] needs, Budget budget) throws ConstraintException {
        if (automaton.isAccepting(state)) {
            return 0;
        }
        int least = readingNeed(automaton, state, needs);
        for (int call = 0; call < automaton.calls(state); call++) {
            int target = automaton.callTarget(state, call);
            int inner = needs[automaton.start(automaton.calledRule(state, call))];
            int frames = automaton.onlyReturns(target) ? 0 : 1;
            if (inner != NEVER) {
                least = Math.min(least, Math.max(inner + frames, needs[target]));
            }
        }
        budget.step();
        return least;
    }

    private static int readingNeed(Automaton automaton, int state, int[] needs) {
        int least = NEVER;
        for (int c = 0; c < automaton.classes().count(); c++) {
            int next = automaton.next(state, c);
            if (next != Automaton.DEAD) {
                least = Math.min(least, needs[next]);
            }
        }
        return least;
    }

    /** The same for texts that go on with a byte read by this very state. */
    int ofReading(int state) {
        return readingNeeds[state];
    }

    int of(int state) {
        return needs[state];
    }

    /** The largest but {@link #NEVER}. */
    int largest() {
        return largest;
    }
}
