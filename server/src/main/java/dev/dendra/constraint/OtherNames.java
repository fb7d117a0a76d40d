// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** Names of properties that are none of some given ones. */
final class OtherNames {
    private static final int LONGEST = 128;
    private static final Grammar ANYTHING =
            Grammar.repeat(new Grammar.Characters(JsonGrammar.PLAIN), 0, Grammar.UNLIMITED);

    private static final class Node {
        private final TreeMap<Integer, Node> next = new TreeMap<>();
        private boolean isName;
    }

    private OtherNames() {}

    /** Names without escapes, so that none of {@code names} can be spelled in another way. */
    static Grammar than(Collection<String> names) throws ConstraintException {
        Node root = new Node();
        for (String name : names) {
            if (name.length() > LONGEST) {
                throw ConstraintException.tooComplex(
                        "beside additional properties no name may have more than " + LONGEST + " characters");
            }
            Node node = root;
            for (int character : name.codePoints().toArray()) {
                node = node.next.computeIfAbsent(character, absent -> new Node());
            }
            node.isName = true;
        }
        return grammar(root);
    }

    private static Grammar grammar(Node node) {
        List<Grammar> alternatives = new ArrayList<>();
        CodePointSet.Builder known = new CodePointSet.Builder();
        node.next.forEach((character, next) -> {
            known.add(character, character);
            if (JsonGrammar.PLAIN.contains(character)) {
                alternatives.add(Grammar.sequence(Grammar.literal(Character.toString(character)), grammar(next)));
            }
        });
        alternatives.add(Grammar.sequence(new Grammar.Characters(JsonGrammar.PLAIN.minus(known.build())), ANYTHING));
        if (!node.isName) {
            alternatives.add(Grammar.EMPTY);
        }
        return Grammar.choice(alternatives);
    }
}
