// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Set;

/** Finds which bytes a grammar tells apart. */
final class ByteBoundaries {
    private final Budget budget;
    private final BitSet firsts = new BitSet();
    private final Set<CodePointSet> sets = new HashSet<>();
    private final Set<Rule> rules = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Rule> open = new ArrayDeque<>();

    private ByteBoundaries(Budget budget) {
        this.budget = budget;
    }

    /** Bytes at which a new class must begin. */
    static BitSet of(Grammar grammar, Budget budget) throws ConstraintException {
        ByteBoundaries boundaries = new ByteBoundaries(budget);
        // A space in front of a text may not belong to it.
        boundaries.range(' ', ' ');
        boundaries.visit(grammar);
        while (!boundaries.open.isEmpty()) {
            boundaries.visit(boundaries.open.pop().body());
        }
        return boundaries.firsts;
    }

    private void visit(Grammar grammar) throws ConstraintException {
        budget.enterPart();
        switch (grammar) {
            case Grammar.Literal(String text) -> text(text);
            case Grammar.Characters(CodePointSet set) -> characters(set);
            case Grammar.Sequence sequence -> {
                for (Grammar part : sequence.parts()) {
                    visit(part);
                }
            }
            case Grammar.Choice choice -> {
                for (Grammar alternative : choice.alternatives()) {
                    visit(alternative);
                }
            }
            case Grammar.Repetition repetition -> visit(repetition.content());
            case Grammar.Intersection intersection -> {
                visit(intersection.left());
                visit(intersection.right());
            }
            case Grammar.Members members -> {
                for (Grammar.Member member : members.members()) {
                    visit(member.content());
                }
                visit(members.separator());
                if (members.more() != null) {
                    visit(members.more());
                }
            }
            case Grammar.Until until -> {
                for (int character : until.end().codePoints().distinct().toArray()) {
                    characters(CodePointSet.range(character, character).complement());
                }
                text(until.end());
                characters(CodePointSet.ALL);
            }
            case Grammar.Multiples multiples -> text("0123456789");
            case Grammar.Reference(Rule rule) -> {
                if (rules.add(rule)) {
                    open.push(rule);
                }
            }
        }
        budget.leavePart();
    }

    private void text(String text) throws ConstraintException {
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            budget.step();
            range(value & 0xFF, value & 0xFF);
        }
    }

    private void characters(CodePointSet set) throws ConstraintException {
        if (sets.add(set)) {
            for (int[] sequence : Utf8Ranges.of(set)) {
                budget.step();
                ranges(sequence);
            }
        }
    }

    private void ranges(int[] sequence) {
        for (int i = 0; i < sequence.length; i += 2) {
            range(sequence[i], sequence[i + 1]);
        }
    }

    private void range(int first, int last) {
        firsts.set(first);
        firsts.set(last + 1);
    }
}
