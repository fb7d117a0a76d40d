// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.Arrays;

/** A nondeterministic automaton over byte classes, whose edges may also be empty or go through a whole rule. */
final class Nfa {
    static final int NONE = -1;

    private static final int EMPTY = -1;
    private static final int CALL = -2;

    private final Budget budget;
    private int[] firstEdge = new int[256];
    private int[] nextEdge = new int[256];
    private int[] target = new int[256];
    private int[] low = new int[256];
    private int[] high = new int[256];
    private int states;
    private int edges;

    Nfa(Budget budget) {
        this.budget = budget;
    }

    int state() throws ConstraintException {
        budget.position();
        if (states == firstEdge.length) {
            firstEdge = Arrays.copyOf(firstEdge, 2 * states);
        }
        firstEdge[states] = NONE;
        return states++;
    }

    int size() {
        return states;
    }

    void empty(int from, int to) throws ConstraintException {
        edge(from, to, EMPTY, EMPTY);
    }

    void call(int from, int rule, int to) throws ConstraintException {
        edge(from, to, CALL, rule);
    }

    /** Byte classes {@code first} to {@code last}. */
    void classes(int from, int first, int last, int to) throws ConstraintException {
        edge(from, to, first, last);
    }

    private void edge(int from, int to, int first, int last) throws ConstraintException {
        budget.position();
        if (edges == target.length) {
            nextEdge = Arrays.copyOf(nextEdge, 2 * edges);
            target = Arrays.copyOf(target, 2 * edges);
            low = Arrays.copyOf(low, 2 * edges);
            high = Arrays.copyOf(high, 2 * edges);
        }
        target[edges] = to;
        low[edges] = first;
        high[edges] = last;
        nextEdge[edges] = firstEdge[from];
        firstEdge[from] = edges++;
    }

    /** First edge of a state, or {@link #NONE}. */
    int firstEdge(int state) {
        return firstEdge[state];
    }

    /** The edge after this one, or {@link #NONE}. */
    int nextEdge(int edge) {
        return nextEdge[edge];
    }

    int target(int edge) {
        return target[edge];
    }

    boolean isEmpty(int edge) {
        return low[edge] == EMPTY;
    }

    boolean isCall(int edge) {
        return low[edge] == CALL;
    }

    int rule(int edge) {
        return high[edge];
    }

    int firstClass(int edge) {
        return low[edge];
    }

    int lastClass(int edge) {
        return high[edge];
    }
}
