// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Strings that end a generation wherever they occur in its text, however that text is cut into chunks. The one whose
 * last character comes first counts; of several that end together, the longest. An Aho-Corasick automaton (Aho and
 * Corasick, 1975), so time is linear in the text, whatever the strings. Immutable.
 */
public final class StopStrings {
    private static final class State {
        final Map<Character, State> next = new HashMap<>();
        final int depth;
        /** The longest proper suffix of this state that is a state, null for the root. */
        @Nullable
        State fallback;
        /** The longest stop string that ends here, or null. */
        @Nullable
        String stop;

        State(int depth) {
            this.depth = depth;
        }
    }

    private final State root = new State(0);

    private StopStrings(Collection<String> stops) {
        for (String stop : stops) {
            if (stop.isEmpty()) {
                throw new IllegalArgumentException("a stop string must not be empty");
            }
            State state = root;
            for (int i = 0; i < stop.length(); i++) {
                int depth = i + 1;
                state = state.next.computeIfAbsent(stop.charAt(i), c -> new State(depth));
            }
            state.stop = stop;
        }
        linkFallbacks();
    }

    /**
     * Stops at any of {@code stops}, or never when there are none.
     *
     * @throws IllegalArgumentException when one is empty
     */
    public static StopStrings of(List<String> stops) {
        return new StopStrings(stops);
    }

    private void linkFallbacks() {
        Queue<State> breadthFirst = new ArrayDeque<>(List.of(root));
        for (State state = breadthFirst.poll(); state != null; state = breadthFirst.poll()) {
            for (Map.Entry<Character, State> edge : state.next.entrySet()) {
                State child = edge.getValue();
                State fallback = state.fallback == null ? root : step(state.fallback, edge.getKey());
                child.fallback = fallback;
                if (child.stop == null) {
                    child.stop = fallback.stop;
                }
                breadthFirst.add(child);
            }
        }
    }

    private State step(State from, char c) {
        State state = from;
        State next = state.next.get(c);
        while (next == null && state.fallback != null) {
            state = state.fallback;
            next = state.next.get(c);
        }
        return next == null ? root : next;
    }

    /** A matcher at the beginning of a text. */
    public Matcher matcher() {
        return new Matcher();
    }

    /** Reads one text chunk by chunk. Not safe for use by several threads. */
    public final class Matcher {
        private final StringBuilder held = new StringBuilder();
        private State state = root;
        private @Nullable String stop;

        private Matcher() {}

        /**
         * Takes the next chunk and returns the text that cannot be part of a stop string any more; what may be the
         * start of one is held back. After a stop string has been found, everything is ignored.
         */
        public String append(String chunk) {
            if (stop != null) {
                return "";
            }
            for (int i = 0; i < chunk.length(); i++) {
                char c = chunk.charAt(i);
                held.append(c);
                state = step(state, c);
                if (state.stop != null) {
                    stop = state.stop;
                    return take(held.length() - stop.length());
                }
            }
            return take(held.length() - state.depth);
        }

        /** Ends the text: what was held back, or nothing when a stop string has been found. */
        public String finish() {
            return stop == null ? take(held.length()) : "";
        }

        /** The stop string that has been found, or null. */
        public @Nullable String stop() {
            return stop;
        }

        private String take(int length) {
            String text = held.substring(0, length);
            held.delete(0, length);
            return text;
        }
    }
}
