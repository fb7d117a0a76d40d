// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * Makes a nondeterministic automaton of the body of one rule (Thompson, 1968). No part adds edges into the state at which
 * it begins, so parts can begin at the same state.
 */
final class NfaBuilder {
    private static final int LONGEST_END = 256;
    private static final int RADIX = 10;

    private final ByteClasses classes;
    private final Budget budget;
    private final ToIntFunction<Rule> ruleNumbers;
    private final Map<CodePointSet, List<int[]>> encodings;
    private final Nfa nfa;

    /**
     * For one rule.
     *
     * @param ruleNumbers gives rules that are called their numbers
     * @param encodings of sets that have been met; added to
     */
    NfaBuilder(
            ByteClasses classes,
            Budget budget,
            ToIntFunction<Rule> ruleNumbers,
            Map<CodePointSet, List<int[]>> encodings) {
        this.classes = classes;
        this.budget = budget;
        this.ruleNumbers = ruleNumbers;
        this.encodings = encodings;
        this.nfa = new Nfa(budget);
    }

    /** Adds the automaton of {@code body} to {@code out}; its start state. */
    int build(Grammar body, Automaton out) throws ConstraintException {
        int start = nfa.state();
        int end = build(body, start);
        return Determinizer.determinize(nfa, start, end, out, budget);
    }

    private int build(Grammar grammar, int from) throws ConstraintException {
        budget.enterPart();
        int end = switch (grammar) {
            case Grammar.Literal(String text) -> literal(text, from);
            case Grammar.Characters(CodePointSet set) -> {
                int to = nfa.state();
                characters(set, from, to);
                yield to;
            }
            case Grammar.Sequence sequence -> {
                int at = from;
                for (Grammar part : sequence.parts()) {
                    at = build(part, at);
                }
                yield at;
            }
            case Grammar.Choice choice -> {
                int to = nfa.state();
                for (Grammar alternative : choice.alternatives()) {
                    nfa.empty(build(alternative, from), to);
                }
                yield to;
            }
            case Grammar.Repetition repetition -> repetition(repetition, from);
            case Grammar.Intersection intersection -> intersection(intersection, from);
            case Grammar.Members members -> members(members, from);
            case Grammar.Until until -> until(until, from);
            case Grammar.Multiples multiples -> multiples(multiples.of(), from);
            case Grammar.Reference(Rule rule) -> {
                if (RuleSize.isInlined(rule)) {
                    yield build(rule.body(), from);
                }
                int to = nfa.state();
                nfa.call(from, ruleNumbers.applyAsInt(rule), to);
                yield to;
            }
        };
        budget.leavePart();
        return end;
    }

    private int literal(String text, int from) throws ConstraintException {
        int at = from;
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            int to = nfa.state();
            int byteClass = classes.of(value & 0xFF);
            nfa.classes(at, byteClass, byteClass, to);
            at = to;
        }
        return at;
    }

    private void characters(CodePointSet set, int from, int to) throws ConstraintException {
        List<int[]> sequences = encodings.computeIfAbsent(set, Utf8Ranges::of);
        for (int[] bounds : sequences) {
            int at = from;
            for (int i = 0; i < bounds.length; i += 2) {
                int next = i + 2 == bounds.length ? to : nfa.state();
                nfa.classes(at, classes.of(bounds[i]), classes.of(bounds[i + 1]), next);
                at = next;
            }
        }
    }

    private int repetition(Grammar.Repetition repetition, int from) throws ConstraintException {
        int at = from;
        for (int i = 0; i < repetition.minimum(); i++) {
            at = build(repetition.content(), at);
        }
        if (repetition.maximum() == Grammar.UNLIMITED) {
            int loop = nfa.state();
            nfa.empty(at, loop);
            nfa.empty(build(repetition.content(), loop), loop);
            int end = nfa.state();
            nfa.empty(loop, end);
            return end;
        }
        int end = nfa.state();
        for (int i = repetition.minimum(); i < repetition.maximum(); i++) {
            nfa.empty(at, end);
            at = build(repetition.content(), at);
        }
        nfa.empty(at, end);
        return end;
    }

    /** A chain of members: each may follow the start, or what has been there before and a separator. */
    private int members(Grammar.Members members, int from) throws ConstraintException {
        int nothingYet = from;
        int something = Nfa.NONE;
        for (Grammar.Member member : members.members()) {
            int begin = nfa.state();
            joinMember(members, nothingYet, something, begin);
            int after = nfa.state();
            nfa.empty(build(member.content(), begin), after);
            if (member.required()) {
                nothingYet = Nfa.NONE;
            } else if (something != Nfa.NONE) {
                nfa.empty(something, after);
            }
            something = after;
        }
        Grammar more = members.more();
        if (more != null) {
            int begin = nfa.state();
            joinMember(members, nothingYet, something, begin);
            int after = nfa.state();
            nfa.empty(build(more, begin), after);
            nfa.empty(build(members.separator(), after), begin);
            if (something != Nfa.NONE) {
                nfa.empty(something, after);
            }
            something = after;
        }
        int end = nfa.state();
        if (nothingYet != Nfa.NONE) {
            nfa.empty(nothingYet, end);
        }
        if (something != Nfa.NONE) {
            nfa.empty(something, end);
        }
        return end;
    }

    private void joinMember(Grammar.Members members, int nothingYet, int something, int begin)
            throws ConstraintException {
        if (nothingYet != Nfa.NONE) {
            nfa.empty(nothingYet, begin);
        }
        if (something != Nfa.NONE) {
            nfa.empty(build(members.separator(), something), begin);
        }
    }

    /** The automaton of Knuth, Morris and Pratt (1977): a state knows how much of the end has just been read. */
    private int until(Grammar.Until until, int from) throws ConstraintException {
        int[] end = until.end().codePoints().toArray();
        if (end.length > LONGEST_END) {
            throw ConstraintException.tooComplex("an end of text has more than " + LONGEST_END + " characters");
        }
        int[] matched = new int[end.length + 1];
        for (int i = 0; i < matched.length; i++) {
            matched[i] = nfa.state();
        }
        int stopped = nfa.state();
        nfa.empty(from, matched[0]);
        int[] alphabet = IntStream.of(end).distinct().toArray();
        for (int i = 0; i < end.length; i++) {
            CodePointSet.Builder known = new CodePointSet.Builder();
            for (int character : alphabet) {
                known.add(character, character);
                int to = advance(end, i, character);
                if (to < end.length || until.inclusive()) {
                    characters(CodePointSet.range(character, character), matched[i], matched[to]);
                }
            }
            characters(known.build().complement(), matched[i], matched[0]);
            nfa.empty(matched[i], stopped);
        }
        return until.inclusive() ? matched[end.length] : stopped;
    }

    /** How much of {@code end} is read after {@code character} has followed its first {@code matched} characters. */
    private static int advance(int[] end, int matched, int character) {
        for (int length = matched + 1; length > 0; length--) {
            boolean fits = end[length - 1] == character;
            for (int i = 0; fits && i < length - 1; i++) {
                fits = end[i] == end[matched - length + 1 + i];
            }
            if (fits) {
                return length;
            }
        }
        return 0;
    }

    /** A state for each remainder of what has been read. */
    private int multiples(int divisor, int from) throws ConstraintException {
        if (divisor < 1 || divisor > Grammar.Multiples.LARGEST) {
            throw ConstraintException.unsupported(
                    "multiples are supported only of 1 to " + Grammar.Multiples.LARGEST + ", not of " + divisor);
        }
        int[] remainders = new int[divisor];
        for (int i = 0; i < divisor; i++) {
            remainders[i] = nfa.state();
        }
        for (int digit = 0; digit < RADIX; digit++) {
            int byteClass = classes.of('0' + digit);
            nfa.classes(from, byteClass, byteClass, remainders[digit % divisor]);
            for (int i = 0; i < divisor; i++) {
                nfa.classes(remainders[i], byteClass, byteClass, remainders[(RADIX * i + digit) % divisor]);
            }
        }
        int end = nfa.state();
        nfa.empty(remainders[0], end);
        return end;
    }

    /** The product of two automata, as a part of this one. */
    private int intersection(Grammar.Intersection intersection, int from) throws ConstraintException {
        Automaton both = new Automaton(classes);
        int left = subautomaton(intersection.left(), both);
        int right = subautomaton(intersection.right(), both);
        Map<Long, Integer> pairs = new HashMap<>();
        List<Long> open = new ArrayList<>();
        int end = nfa.state();
        // The start has edges into it where the product loops, so it is not the state at which this part begins.
        nfa.empty(from, pair(left, right, pairs, open));
        for (int i = 0; i < open.size(); i++) {
            int first = (int) (open.get(i) >>> 32);
            int second = (int) (long) open.get(i);
            int state = pair(first, second, pairs, open);
            if (both.isAccepting(first) && both.isAccepting(second)) {
                nfa.empty(state, end);
            }
            for (int c = 0; c < classes.count(); c++) {
                budget.step();
                int firstNext = both.next(first, c);
                int secondNext = both.next(second, c);
                if (firstNext != Automaton.DEAD && secondNext != Automaton.DEAD) {
                    nfa.classes(state, c, c, pair(firstNext, secondNext, pairs, open));
                }
            }
        }
        return end;
    }

    private int subautomaton(Grammar grammar, Automaton out) throws ConstraintException {
        NfaBuilder builder = new NfaBuilder(
                classes,
                budget,
                rule -> {
                    throw new IllegalArgumentException("an intersection refers to rule " + rule.name());
                },
                encodings);
        return builder.build(grammar, out);
    }

    private int pair(int left, int right, Map<Long, Integer> pairs, List<Long> open) throws ConstraintException {
        long key = ((long) left << 32) | right;
        Integer known = pairs.get(key);
        if (known != null) {
            return known;
        }
        int state = nfa.state();
        pairs.put(key, state);
        open.add(key);
        return state;
    }
}
