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
 * keeps is bounded: when it is full, further configurations are made anew for each question. What a question takes is
 * bounded by its {@link Work}; no stack is ever left out for it. Any number of threads may use it.
 */
final class ConfigurationSpace {
    /** Most frames of a stack. */
    static final int DEEPEST = 128;

    /** Most memory of configurations and frames that are kept, roughly. */
    private static final long MOST_KEPT_BYTES = 4L << 20;

    private static final long MOST_MASK_BYTES = 8L << 20;

    /** Bytes of an object and its place in a map. */
    private static final int OBJECT_BYTES = 96;

    /** Operations, as {@link Work} counts them, of making an object or finding it in a map. */
    private static final int LOOK_UP = 8;

    /** Longs of a bit set that are united in the time of an operation. */
    private static final int LONGS = 8;

    private final Automaton automaton;
    private final Needs needs;
    private final TokenTrie trie;
    private final @Nullable LocalMasks locals;
    private final int largestNeed;
    private final Configuration dead;
    private final Map<Frames, Frames> frames = new ConcurrentHashMap<>();
    private final Map<Frames, Configuration> configurations = new ConcurrentHashMap<>();
    private final AtomicLong keptBytes = new AtomicLong();
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
    Configuration start(Work work) {
        Closure closure = new Closure(work);
        closure.add(automaton.start(0), Frames.BOTTOM);
        return closure.finish();
    }

    /** A state of a rule, before anything is read, called from nowhere. */
    Configuration inside(int state, Work work) {
        return configuration(single(state, Frames.BOTTOM, work), work);
    }

    /** Whether new configurations are no longer kept. */
    boolean isFull() {
        return !keeps() || maskBytes.get() >= MOST_MASK_BYTES;
    }

    /** Notes a mask that a configuration wants to keep; whether it may. */
    boolean keepsMask() {
        long bytes = (long) trie.words() * Long.BYTES;
        return maskBytes.get() < MOST_MASK_BYTES && maskBytes.addAndGet(bytes) <= MOST_MASK_BYTES + bytes;
    }

    /** Memory of what is kept, roughly. */
    long bytes() {
        return keptBytes.get() + maskBytes.get();
    }

    private boolean keeps() {
        return keptBytes.get() < MOST_KEPT_BYTES;
    }

    /** What a byte of a class leads to. */
    Configuration advance(Frames from, int byteClass, Work work) {
        work.spend(LOOK_UP + from.size());
        if (from.size() == 1) {
            int target = automaton.next(from.state(0), byteClass);
            if (target == Automaton.DEAD) {
                return dead;
            }
            if (automaton.reads(target) && !automaton.isAccepting(target) && automaton.calls(target) == 0) {
                return fits(target, from.below(0)) ? configuration(single(target, from.below(0), work), work) : dead;
            }
        }
        Closure closure = new Closure(work);
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
    long[] mask(Configuration at, Work work) {
        if (locals == null) {
            throw new IllegalStateException("this space makes no masks");
        }
        Frames places = at.frames();
        work.spend(places.size());
        for (int i = 0; i < places.size(); i++) {
            LocalMask local = locals.of(places.state(i));
            if (places.below(i).depth() + local.depth() + largestNeed >= DEEPEST) {
                // Some of what is allowed in general may nest too deep here.
                return walkAll(at, work);
            }
        }
        if (places.size() == 1 && places.below(0).size() == 0) {
            return locals.of(places.state(0)).bits(trie.words());
        }
        long[] bits = new long[trie.words()];
        Configuration[] path = new Configuration[trie.longest() + 1];
        for (int i = 0; i < places.size(); i++) {
            LocalMask local = locals.of(places.state(i));
            work.spend(local.size(trie.words()) / LONGS);
            local.addTo(bits);
            if (places.below(i).size() > 0) {
                Configuration after = returned(places.below(i), work);
                for (int j = 0; j < local.returns(); j++) {
                    int node = local.returnNode(j);
                    walk(after, node, path, bits, work);
                }
            }
        }
        return bits;
    }

    /** Tokens that may follow, one by one. */
    long[] walkAll(Configuration at, Work work) {
        long[] bits = new long[trie.words()];
        walk(at, 0, new Configuration[trie.longest() + 1], bits, work);
        return bits;
    }

    /** Adds the tokens below {@code root} whose further bytes may follow {@code at}. */
    private void walk(Configuration at, int root, Configuration[] path, long[] bits, Work work) {
        path[trie.depth(root)] = at;
        int end = trie.end(root);
        for (int node = root + 1; node < end; ) {
            work.spend(1);
            int depth = trie.depth(node);
            Configuration next = path[depth - 1].step(automaton.classes().of(trie.label(node)), work);
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
    private Configuration returned(Frames below, Work work) {
        Configuration known = below.closure();
        if (known != null) {
            return known;
        }
        Closure closure = new Closure(work);
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

    private Frames single(int state, Frames below, Work work) {
        return unique(new Frames(new int[] {state}, new Frames[] {below}, false), work);
    }

    /** The one object for this content, as long as this keeps any, and within one question in any case. */
    private Frames unique(Frames made, Work work) {
        work.spend(LOOK_UP + made.size());
        Frames known = frames.get(made);
        if (known != null) {
            return known;
        }
        if (!keeps()) {
            return work.unique(made);
        }
        keptBytes.addAndGet(OBJECT_BYTES + (long) made.size() * Long.BYTES);
        Frames earlier = frames.putIfAbsent(made, made);
        return earlier == null ? made : earlier;
    }

    private Configuration configuration(Frames places, Work work) {
        if (places.size() == 0 && !places.hasBottom()) {
            return dead;
        }
        work.spend(LOOK_UP);
        Configuration known = configurations.get(places);
        if (known != null) {
            return known;
        }
        work.spend(classes().count() / LONGS);
        if (!keeps()) {
            return work.configuration(places, absent -> new Configuration(this, absent, false));
        }
        keptBytes.addAndGet(OBJECT_BYTES + (long) classes().count() * Integer.BYTES);
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
        private final Work work;
        private boolean ends;

        Closure(Work work) {
            this.work = work;
        }

        void add(int state, Frames below) {
            work.spend(LOOK_UP);
            if (fits(state, below)) {
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
                    reading.merge(state, place.below(), (left, right) -> union(left, right, unions, work));
                }
                if (automaton.isAccepting(state)) {
                    addAll(place.below());
                }
                for (int call = 0; call < automaton.calls(state); call++) {
                    int target = automaton.callTarget(state, call);
                    // Where nothing is left to do after a return, it goes straight to who called this rule.
                    Frames below = automaton.onlyReturns(target) ? place.below() : single(target, place.below(), work);
                    if (fits(target, place.below())) {
                        add(automaton.start(automaton.calledRule(state, call)), below);
                    }
                }
            }
            int[] states = reading.keySet().stream().mapToInt(Integer::intValue).toArray();
            return configuration(unique(new Frames(states, reading.values().toArray(Frames[]::new), ends), work), work);
        }
    }

    private record Pair(Frames left, Frames right) {}

    /** Stacks of either; recursion is as deep as stacks are. */
    private Frames union(Frames left, Frames right, Map<Pair, Frames> known, Work work) {
        if (left.equals(right)) {
            return left;
        }
        Pair pair = new Pair(left, right);
        Frames found = known.get(pair);
        if (found != null) {
            return found;
        }
        work.spend(LOOK_UP * (1 + left.size() + right.size()));
        TreeMap<Integer, Frames> tops = new TreeMap<>();
        for (int i = 0; i < left.size(); i++) {
            tops.put(left.state(i), left.below(i));
        }
        for (int i = 0; i < right.size(); i++) {
            Frames below = right.below(i);
            tops.merge(right.state(i), below, (one, other) -> union(one, other, known, work));
        }
        int[] states = tops.keySet().stream().mapToInt(Integer::intValue).toArray();
        Frames united = unique(
                new Frames(states, tops.values().toArray(Frames[]::new), left.hasBottom() || right.hasBottom()), work);
        known.put(pair, united);
        return united;
    }
}
