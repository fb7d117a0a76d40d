// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.time.Duration;

/** What one compilation may still use. For one thread. */
final class Budget {
    /** Most states of nondeterministic automata, over all rules. */
    private static final int MOST_POSITIONS = 400_000;

    /** Most parts of a grammar, repeated ones counted as often as they are repeated. */
    private static final int MOST_PARTS = 2_000_000;

    /** Most states of deterministic automata, over all rules. */
    private static final int MOST_STATES = 50_000;

    /** Most members of all states of deterministic automata; each takes 4 bytes while they are made. */
    private static final long MOST_MEMBERS = 16L << 20;

    /** Deepest nesting of parts, groups and schemas within one rule. */
    private static final int DEEPEST = 1_000;

    /** Most memory of token masks that are kept. */
    private static final long MOST_MASK_BYTES = 64L << 20;

    private static final int STEPS_BETWEEN_LOOKS = 256;

    private final Duration limit;
    private final long deadline;
    private int positions;
    private int parts;
    private int states;
    private int depth;
    private long members;
    private long maskBytes;
    private int steps;

    Budget(Duration limit) {
        this.limit = limit;
        this.deadline = System.nanoTime() + limit.toNanos();
    }

    /** To be called in every loop; looks at the clock now and then. */
    void step() throws ConstraintException {
        if (++steps % STEPS_BETWEEN_LOOKS == 0) {
            checkTime();
        }
    }

    void checkTime() throws ConstraintException {
        if (System.nanoTime() - deadline > 0) {
            throw ConstraintException.tooComplex("compiling it takes longer than " + limit.toMillis() + " ms");
        }
    }

    void position() throws ConstraintException {
        step();
        if (++positions > MOST_POSITIONS) {
            throw ConstraintException.tooComplex("it is too large: repetitions, alternatives and texts need more than "
                    + MOST_POSITIONS + " positions");
        }
    }

    void state() throws ConstraintException {
        step();
        if (++states > MOST_STATES) {
            throw ConstraintException.tooComplex("it needs more than " + MOST_STATES + " automaton states");
        }
    }

    void members(int count) throws ConstraintException {
        members += count;
        if (members > MOST_MEMBERS) {
            throw ConstraintException.tooComplex("its automaton states have more than " + MOST_MEMBERS + " members");
        }
    }

    void enterPart() throws ConstraintException {
        step();
        if (++parts > MOST_PARTS) {
            throw ConstraintException.tooComplex("it is too large: it has more than " + MOST_PARTS + " parts");
        }
        if (++depth > DEEPEST) {
            throw ConstraintException.tooComplex("it is nested deeper than " + DEEPEST + " parts");
        }
    }

    void leavePart() {
        depth--;
    }

    void mask(long bytes) throws ConstraintException {
        maskBytes += bytes;
        if (maskBytes > MOST_MASK_BYTES) {
            throw ConstraintException.tooComplex(
                    "its token masks need more than " + (MOST_MASK_BYTES >> 20) + " MiB of memory");
        }
    }
}
