// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.engine.ConstraintLimitException;
import java.nio.LongBuffer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The local masks of all states of an automaton, equal ones shared. Immutable. */
final class LocalMasks {
    /** Larger masks are kept as bits, which may be shared, smaller ones as lists. */
    private static final int LONGEST_LIST = 256;

    private static final int NODES_BETWEEN_LOOKS = 4096;

    private final @Nullable LocalMask[] masks;
    private final int distinct;
    private final long bytes;

    private LocalMasks(@Nullable LocalMask[] masks, int distinct, long bytes) {
        this.masks = masks;
        this.distinct = distinct;
        this.bytes = bytes;
    }

    /** Computes them. */
    static LocalMasks of(Automaton automaton, Needs needs, TokenTrie trie, Budget budget) throws ConstraintException {
        int[] blocks = StateBlocks.of(automaton, trie.longest(), budget);
        return new Computation(automaton, needs, trie, budget).compute(blocks);
    }

    LocalMask of(int state) {
        LocalMask mask = masks[state];
        if (mask == null) {
            throw new IllegalArgumentException("state " + state + " reads nothing");
        }
        return mask;
    }

    /** How many there are. */
    int distinct() {
        return distinct;
    }

    /** Memory, roughly. */
    long bytes() {
        return bytes;
    }

    private static final class Computation {
        private final Automaton automaton;
        private final Needs needs;
        private final TokenTrie trie;
        private final Budget budget;
        private final Map<LongBuffer, long[]> shared = new HashMap<>();
        private final Configuration[] path;
        private final BitSet returns = new BitSet();
        private ConfigurationSpace space;
        private long bytes;

        Computation(Automaton automaton, Needs needs, TokenTrie trie, Budget budget) {
            this.automaton = automaton;
            this.needs = needs;
            this.trie = trie;
            this.budget = budget;
            this.path = new Configuration[trie.longest() + 1];
            this.space = new ConfigurationSpace(automaton, needs, trie, null);
        }

        LocalMasks compute(int[] blocks) throws ConstraintException {
            @Nullable LocalMask[] masks = new LocalMask[automaton.size()];
            @Nullable LocalMask[] ofBlocks = new LocalMask[automaton.size()];
            int distinct = 0;
            for (int state = 0; state < masks.length; state++) {
                if (automaton.reads(state) && needs.of(state) != Needs.NEVER) {
                    LocalMask mask = ofBlocks[blocks[state]];
                    if (mask == null) {
                        mask = compute(state);
                        ofBlocks[blocks[state]] = mask;
                        distinct++;
                    }
                    masks[state] = mask;
                }
            }
            return new LocalMasks(masks, distinct, bytes);
        }

        private LocalMask compute(int state) throws ConstraintException {
            try {
                return compute(state, new Work(trie));
            } catch (ConstraintLimitException e) {
                throw ConstraintException.tooAmbiguous(e);
            }
        }

        private LocalMask compute(int state, Work work) throws ConstraintException {
            budget.checkTime();
            if (space.isFull()) {
                space = new ConfigurationSpace(automaton, needs, trie, null);
            }
            long[] bits = new long[trie.words()];
            int depth = 0;
            returns.clear();
            path[0] = space.inside(state, work);
            for (int node = 1, visited = 1; node < trie.nodes(); visited++) {
                if (visited % NODES_BETWEEN_LOOKS == 0) {
                    budget.checkTime();
                }
                work.spend(1);
                int at = trie.depth(node);
                Configuration next = path[at - 1].step(automaton.classes().of(trie.label(node)), work);
                if (next.isDead()) {
                    node = trie.end(node);
                    continue;
                }
                path[at] = next;
                trie.addTokens(node, bits);
                depth = Math.max(depth, next.frames().depth());
                if (next.mayEnd() && trie.end(node) > node + 1) {
                    returns.set(node);
                }
                node++;
            }
            return mask(bits, depth);
        }

        private LocalMask mask(long[] bits, int depth) throws ConstraintException {
            BitSet set = BitSet.valueOf(bits);
            int[] returnNodes = returns.stream().toArray();
            LocalMask mask;
            if (set.cardinality() <= LONGEST_LIST) {
                mask = new LocalMask(null, set.stream().toArray(), returnNodes, depth);
            } else {
                long[] known = shared.putIfAbsent(LongBuffer.wrap(bits), bits);
                if (known == null) {
                    account((long) bits.length * Long.BYTES);
                }
                mask = new LocalMask(known == null ? bits : known, new int[0], returnNodes, depth);
            }
            account(mask.listBytes());
            return mask;
        }

        private void account(long more) throws ConstraintException {
            budget.mask(more);
            bytes += more;
        }
    }
}
