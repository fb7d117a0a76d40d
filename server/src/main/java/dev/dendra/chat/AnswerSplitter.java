// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

/**
 * Reads one generated answer as it grows: reasoning first, then content and calls of tools. Stages in a chain, each of
 * which passes on what is not its own. The pieces put together depend on the text alone, not on how it was cut. Not for
 * use by several threads.
 */
public final class AnswerSplitter {
    private final ReasoningSplitter reasoning;
    private final ToolCallSplitter calls;

    AnswerSplitter(ReasoningSplitter reasoning, ToolCallSplitter calls) {
        this.reasoning = reasoning;
        this.calls = calls;
    }

    /** Takes the next piece of text and returns what is certain with it, which may be nothing. */
    public AnswerPiece append(String text) {
        StringBuilder thought = new StringBuilder();
        StringBuilder rest = new StringBuilder();
        reasoning.append(text, thought, rest);
        calls.append(rest);
        return piece(thought);
    }

    /** Ends the text and returns what was held back. */
    public AnswerPiece finish() {
        StringBuilder thought = new StringBuilder();
        StringBuilder rest = new StringBuilder();
        reasoning.finish(thought, rest);
        calls.append(rest);
        calls.finish();
        return piece(thought);
    }

    /** Whether the next text is reasoning, as far as can be told. */
    public boolean isReasoning() {
        return reasoning.isReasoning();
    }

    /** Whether there was a call of a tool. */
    public boolean hasCalled() {
        return calls.hasCalled();
    }

    /** Whether the answer is complete, so that further text would be ignored. */
    public boolean isComplete() {
        return calls.isDone();
    }

    private AnswerPiece piece(StringBuilder thought) {
        return new AnswerPiece(calls.takeContent(), thought.toString(), calls.takeCalls());
    }
}
