// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import java.util.Optional;
import java.util.Set;

/**
 * How the text of an answer is to be read.
 *
 * @param reasoning how reasoning is marked; nothing for a model that does not think
 * @param reasoningIsOpen whether the prompt ends within reasoning
 * @param format how calls are written
 * @param toolNames tools on offer; empty where calls are not looked for
 * @param severalCalls whether there may be more than one call
 * @param begun the beginning of a call that the prompt ends with; empty for none
 * @param markers control tokens that stand for their spelling in the text: marks of reasoning and of calls
 */
public record AnswerSyntax(
        Optional<ReasoningFormat> reasoning,
        boolean reasoningIsOpen,
        ToolCallFormat format,
        Set<String> toolNames,
        boolean severalCalls,
        String begun,
        Set<Integer> markers) {

    /** All text is content. */
    public static final AnswerSyntax PLAIN =
            new AnswerSyntax(Optional.empty(), false, ToolCallFormat.NONE, Set.of(), true, "", Set.of());

    /** Copies what is mutable. */
    public AnswerSyntax {
        toolNames = Set.copyOf(toolNames);
        markers = Set.copyOf(markers);
    }

    /** What reads one answer. */
    public AnswerSplitter splitter() {
        ToolCallSplitter calls = new ToolCallSplitter(format, toolNames, severalCalls, format::nextId);
        calls.append(begun);
        return new AnswerSplitter(new ReasoningSplitter(reasoning.orElse(null), reasoningIsOpen), calls);
    }
}
