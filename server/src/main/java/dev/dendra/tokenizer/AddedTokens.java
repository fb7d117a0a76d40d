// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds tokens that are matched in text as a whole before anything else: the longest at the leftmost place, as in
 * Hugging Face's tokenizers. A trie of their characters; a search looks at no more characters from each place than the
 * longest of them has.
 */
final class AddedTokens {
    private static final class Node {
        final Map<Character, Node> next = new HashMap<>();
        int token = -1;
    }

    /** A token found in text, at characters {@code from} to {@code to}, exclusive. */
    record Match(int token, int from, int to) {}

    private final Node root = new Node();

    /** Those tokens of a vocabulary of {@code count} that {@code chosen} accepts. */
    AddedTokens(int count, IntFunction<String> spelling, IntPredicate chosen) {
        for (int token = 0; token < count; token++) {
            if (chosen.test(token)) {
                add(spelling.apply(token), token);
            }
        }
    }

    private void add(String spelling, int token) {
        Node node = root;
        for (int i = 0; i < spelling.length(); i++) {
            node = node.next.computeIfAbsent(spelling.charAt(i), c -> new Node());
        }
        node.token = token;
    }

    /** The first token in {@code text} at or after {@code from}, or null. */
    @Nullable
    Match find(String text, int from) {
        if (root.next.isEmpty()) {
            return null;
        }
        for (int start = from; start < text.length(); start++) {
            Match match = longestAt(text, start);
            if (match != null) {
                return match;
            }
        }
        return null;
    }

    private @Nullable Match longestAt(String text, int start) {
        Match longest = null;
        Node node = root.next.get(text.charAt(start));
        for (int i = start + 1; node != null; i++) {
            if (node.token >= 0) {
                longest = new Match(node.token, start, i);
            }
            node = i < text.length() ? node.next.get(text.charAt(i)) : null;
        }
        return longest;
    }
}
