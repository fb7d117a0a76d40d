// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The configurations of an automaton that have been met, so that each is found, and its mask computed, once. What it
 * keeps is bounded: when it is full, further configurations are made anew each time. Any number of threads may use it.
 */
final class ConfigurationSpace {
    /** Most frames of a stack. */
    static final int DEEPEST = 128;

    private static final int MOST_CONFIGURATIONS = 8192;
    private static final long MOST_MASK_BYTES = 8L << 20;

    /** Most places that are looked at after one byte; only grammars that are ambiguous without bound have more. */
    private static final int MOST_PLACES = 4096;

    private final Automaton automaton;
    private final Needs needs;
    private final TokenTrie trie;
    private final @Nullable LocalMasks locals;
    private final int largestNeed;
    private final Configuration dead;
    private final Map<Frames, Frames> frames = new ConcurrentHashMap<>();
    private final Map<Frames, Configuration> configurations = new ConcurrentHashMap<>();
    private final AtomicLong kept = new AtomicLong();
    private final AtomicLong maskBytes = new AtomicLong();

    /**
     * An empty one.
     *
     * @param locals what to make masks of; null if no masks are asked for
     */
    ConfigurationSpace(Automaton automaton, Needs needs, TokenTrie trie, @Nullable LocalMasks locals) {
        this.automaton = automaton;
        this.needs = needs;
        this.trie = trie;
        this.locals = locals;
        this.largestNeed = needs.largest();
        this.dead = new Configuration(this, new Frames(new int[0], new Frames[0], false), true);
    }

    TokenTrie trie() {
        return trie;
    }

    ByteClasses classes() {
        return automaton.classes();
    }

    /** Where every text begins. */
    Configuration start() {
        Closure closure = new Closure();
        closure.add(automaton.start(0), Frames.BOTTOM);
        return closure.finish();
    }

    /** A state of a rule, before anything is read, called from nowhere. */
    Configuration inside(int state) {
        return configuration(single(state, Frames.BOTTOM));
    }

    /** Whether new configurations are no longer kept. */
    boolean isFull() {
        return kept.get() >= MOST_CONFIGURATIONS || maskBytes.get() >= MOST_MASK_BYTES;
    }

    /** Notes a mask that a configuration wants to keep; whether it may. */
    boolean keepsMask() {
        long bytes = (long) trie.words() * Long.BYTES;
        return maskBytes.get() < MOST_MASK_BYTES && maskBytes.addAndGet(bytes) <= MOST_MASK_BYTES + bytes;
    }

    /** What a byte of a class leads to. */
    Configuration advance(Frames from, int byteClass) {
        if (from.size() == 1) {
            int target = automaton.next(from.state(0), byteClass);
            if (target == Automaton.DEAD) {
                return dead;
            }
            if (automaton.reads(target) && !automaton.isAccepting(target) && automaton.calls(target) == 0) {
                return fits(target, from.below(0)) ? configuration(single(target, from.below(0))) : dead;
            }
        }
        Closure closure = new Closure();
        for (int i = 0; i < from.size(); i++) {
            int target = automaton.next(from.state(i), byteClass);
            if (target != Automaton.DEAD) {
                closure.add(target, from.below(i));
            }
        }
        return closure.finish();
    }

    /**
     * Tokens that may follow: for each state what it allows by itself, and for tokens in the middle of which its rule
     * may end, what may follow there.
     */
    long[] mask(Configuration at) {
        if (locals == null) {
            throw new IllegalStateException("this space makes no masks");
        }
        Frames places = at.frames();
        for (int i = 0; i < places.size(); i++) {
            LocalMask local = locals.of(places.state(i));
            if (places.below(i).depth() + local.depth() + largestNeed >= DEEPEST) {
                // Some of what is allowed in general may nest too deep here.
                return walkAll(at);
            }
        }
        if (places.size() == 1 && places.below(0).size() == 0) {
            return locals.of(places.state(0)).bits(trie.words());
        }
        long[] bits = new long[trie.words()];
        Configuration[] path = new Configuration[trie.longest() + 1];
        for (int i = 0; i < places.size(); i++) {
            LocalMask local = locals.of(places.state(i));
            local.addTo(bits);
            if (places.below(i).size() > 0) {
                Configuration after = returned(places.below(i));
                for (int j = 0; j < local.returns(); j++) {
                    int node = local.returnNode(j);
                    walk(after, node, path, bits);
                }
            }
        }
        return bits;
    }

    /** Tokens that may follow, one by one. */
    long[] walkAll(Configuration at) {
        long[] bits = new long[trie.words()];
        walk(at, 0, new Configuration[trie.longest() + 1], bits);
        return bits;
    }

    /** Adds the tokens below {@code root} whose further bytes may follow {@code at}. */
    private void walk(Configuration at, int root, Configuration[] path, long[] bits) {
        path[trie.depth(root)] = at;
        int end = trie.end(root);
        for (int node = root + 1; node < end; ) {
            int depth = trie.depth(node);
            Configuration next = path[depth - 1].step(automaton.classes().of(trie.label(node)));
            if (next.isDead()) {
                node = trie.end(node);
            } else {
                path[depth] = next;
                trie.addTokens(node, bits);
                node++;
            }
        }
    }

    /** What may be read after a return to {@code below}. */
    private Configuration returned(Frames below) {
        Configuration known = below.closure();
        if (known != null) {
            return known;
        }
        Closure closure = new Closure();
        closure.addAll(below);
        Configuration found = closure.finish();
        if (found.isKept()) {
            below.setClosure(found);
        }
        return found;
    }

    private boolean fits(int state, Frames below) {
        return fits(needs.of(state), below.depth());
    }

    private static boolean fits(int need, int depth) {
        return need != Needs.NEVER && need + depth <= DEEPEST;
    }

    private Frames single(int state, Frames below) {
        return keep(new Frames(new int[] {state}, new Frames[] {below}, false));
    }

    private Frames keep(Frames made) {
        Frames known = frames.get(made);
        if (known != null) {
            return known;
        }
        if (kept.get() >= MOST_CONFIGURATIONS) {
            return made;
        }
        kept.incrementAndGet();
        Frames earlier = frames.putIfAbsent(made, made);
        return earlier == null ? made : earlier;
    }

    private Configuration configuration(Frames places) {
        if (places.size() == 0 && !places.hasBottom()) {
            return dead;
        }
        Configuration known = configurations.get(places);
        if (known != null) {
            return known;
        }
        if (kept.get() >= MOST_CONFIGURATIONS) {
            return new Configuration(this, places, false);
        }
        kept.incrementAndGet();
        return configurations.computeIfAbsent(places, absent -> new Configuration(this, absent, true));
    }

    /** A state and what is below it. */
    private record Place(int state, Frames below) {}

    /** Follows calls and returns until bytes are read. */
    private final class Closure {
        private final List<Place> open = new ArrayList<>();
        private final Set<Place> seen = new HashSet<>();
        private final TreeMap<Integer, Frames> reading = new TreeMap<>();
        private final Map<Pair, Frames> unions = new HashMap<>();
        private boolean ends;

        void add(int state, Frames below) {
            if (fits(state, below) && seen.size() < MOST_PLACES) {
                Place place = new Place(state, below);
                if (seen.add(place)) {
                    open.add(place);
                }
            }
        }

        void addAll(Frames places) {
            ends |= places.hasBottom();
            for (int i = 0; i < places.size(); i++) {
                add(places.state(i), places.below(i));
            }
        }

        Configuration finish() {
            while (!open.isEmpty()) {
                Place place = open.removeLast();
                int state = place.state();
                if (automaton.reads(state)
                        && fits(needs.ofReading(state), place.below().depth())) {
                    reading.merge(state, place.below(), (left, right) -> union(left, right, unions));
                }
                if (automaton.isAccepting(state)) {
                    addAll(place.below());
                }
                for (int call = 0; call < automaton.calls(state); call++) {
                    int target = automaton.callTarget(state, call);
                    // Where nothing is left to do after a return, it goes straight to who called this rule.
                    Frames below = automaton.onlyReturns(target) ? place.below() : single(target, place.below());
                    if (fits(target, place.below())) {
                        add(automaton.start(automaton.calledRule(state, call)), below);
                    }
                }
            }
            int[] states = reading.keySet().stream().mapToInt(Integer::intValue).toArray();
            return configuration(keep(new Frames(states, reading.values().toArray(Frames[]::new), ends)));
        }
    }

    private record Pair(Frames left, Frames right) {}

    /** Stacks of either; recursion is as deep as stacks are. */
    private Frames union(Frames left, Frames right, Map<Pair, Frames> known) {
        // Leaving stacks out is sound: what is left can still be finished. Only grammars ambiguous without bound get here.
        if (left.equals(right) || known.size() >= MOST_PLACES) {
            return left;
        }
        Pair pair = new Pair(left, right);
        Frames found = known.get(pair);
        if (found != null) {
            return found;
        }
        TreeMap<Integer, Frames> tops = new TreeMap<>();
        for (int i = 0; i < left.size(); i++) {
            tops.put(left.state(i), left.below(i));
        }
        for (int i = 0; i < right.size(); i++) {
            Frames below = right.below(i);
            tops.merge(right.state(i), below, (one, other) -> union(one, other, known));
        }
        int[] states = tops.keySet().stream().mapToInt(Integer::intValue).toArray();
        Frames united =
                keep(new Frames(states, tops.values().toArray(Frames[]::new), left.hasBottom() || right.hasBottom()));
        known.put(pair, united);
        return united;
    }
}
