// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

/** Which rules are put in place of references to them: those so small that their states cost less than calls of them. */
final class RuleSize {
    private static final int LARGEST_INLINED = 16;
    private static final int NOT_INLINED = LARGEST_INLINED + 1;

    private RuleSize() {}

    static boolean isInlined(Rule rule) {
        return size(rule.body()) <= LARGEST_INLINED;
    }

    /** Positions that a grammar needs, roughly; more than is inlined for anything that is large or refers to rules. */
    private static int size(Grammar grammar) {
        return switch (grammar) {
            case Grammar.Literal(String text) -> Math.min(text.length(), NOT_INLINED);
            case Grammar.Characters(CodePointSet set) -> Math.min(set.ranges(), NOT_INLINED);
            case Grammar.Sequence sequence -> {
                int size = 0;
                for (Grammar part : sequence.parts()) {
                    size += size < NOT_INLINED ? size(part) : 0;
                }
                yield Math.min(size, NOT_INLINED);
            }
            case Grammar.Choice choice -> {
                int size = 0;
                for (Grammar alternative : choice.alternatives()) {
                    size += size < NOT_INLINED ? size(alternative) : 0;
                }
                yield Math.min(size, NOT_INLINED);
            }
            case Grammar.Repetition(Grammar content, int minimum, int maximum) ->
                (int) Math.min((long) size(content) * Math.max(1, Math.max(minimum, maximum)), NOT_INLINED);
            case Grammar.Intersection _, Grammar.Members _, Grammar.Until _, Grammar.Multiples _, Grammar.Reference _ ->
                NOT_INLINED;
        };
    }
}
