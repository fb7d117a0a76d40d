// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.Arrays;

/**
 * The deterministic automata of all rules in one table. A state has for each byte class at most one successor, and may
 * also go through a whole rule (a call) to another state. Calls are not deterministic: those that may follow a state are
 * all tried at once. Grows while it is built; afterwards nobody changes it.
 */
final class Automaton {
    static final int DEAD = -1;

    private static final int[] NO_CALLS = {};

    private final ByteClasses classes;
    private int[] next;
    private int[][] calls;
    private boolean[] accepting;
    private boolean[] reads;
    private int size;
    private int[] starts = new int[0];

    Automaton(ByteClasses classes) {
        this.classes = classes;
        this.next = new int[64 * classes.count()];
        this.calls = new int[64][];
        this.accepting = new boolean[64];
        this.reads = new boolean[64];
    }

    ByteClasses classes() {
        return classes;
    }

    int size() {
        return size;
    }

    int addState() {
        int columns = classes.count();
        if (size == accepting.length) {
            next = Arrays.copyOf(next, 2 * size * columns);
            calls = Arrays.copyOf(calls, 2 * size);
            accepting = Arrays.copyOf(accepting, 2 * size);
            reads = Arrays.copyOf(reads, 2 * size);
        }
        Arrays.fill(next, size * columns, (size + 1) * columns, DEAD);
        calls[size] = NO_CALLS;
        return size++;
    }

    void setNext(int state, int byteClass, int successor) {
        next[state * classes.count() + byteClass] = successor;
    }

    /** Rule and target of each call, in turn. */
    void setCalls(int state, int[] rulesAndTargets) {
        calls[state] = rulesAndTargets;
    }

    void setAccepting(int state) {
        accepting[state] = true;
    }

    /** Where the rules begin, by their numbers. */
    void setStarts(int[] states) {
        starts = states;
    }

    /** To be called when all transitions are as they will be. */
    void finish() {
        for (int state = 0; state < size; state++) {
            for (int c = 0; c < classes.count() && !reads[state]; c++) {
                reads[state] = next(state, c) != DEAD;
            }
        }
    }

    int rules() {
        return starts.length;
    }

    int start(int rule) {
        return starts[rule];
    }

    int next(int state, int byteClass) {
        return next[state * classes.count() + byteClass];
    }

    int calls(int state) {
        return calls[state].length / 2;
    }

    int calledRule(int state, int call) {
        return calls[state][2 * call];
    }

    int callTarget(int state, int call) {
        return calls[state][2 * call + 1];
    }

    /** Whether the rule may end here. */
    boolean isAccepting(int state) {
        return accepting[state];
    }

    /** Whether a byte may follow without a call. */
    boolean reads(int state) {
        return reads[state];
    }

    /** Whether the rule can only end here. */
    boolean onlyReturns(int state) {
        return accepting[state] && !reads[state] && calls[state].length == 0;
    }
}
