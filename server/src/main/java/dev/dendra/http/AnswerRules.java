// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.chat.AnswerSyntax;
import dev.dendra.chat.CallPattern;
import dev.dendra.chat.ChatPrompt;
import dev.dendra.chat.ChatTurn;
import dev.dendra.chat.ReasoningFormat;
import dev.dendra.chat.ToolChoice;
import dev.dendra.chat.ToolDefinition;
import dev.dendra.constraint.ConstraintException;
import dev.dendra.constraint.Grammar;
import dev.dendra.constraint.GrammarSource;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of an answer in a conversation are: reasoning, of any kind; then calls of tools, as the model's family
 * writes them; or content, which the request may say more about.
 */
final class AnswerRules {
    private static final String TOOLS = "tools";

    /** Between reasoning and what follows. */
    private static final String BLANKS = "[ \\t\\r\\n]{0,4}";

    private final AnswerSyntax syntax;
    private final Optional<CallPattern> forced;
    private final ChatTurn turn;

    /** For the answer to {@code turn}. */
    AnswerRules(ChatPrompt prompt, ChatTurn turn) {
        this.syntax = prompt.syntax();
        this.forced = prompt.forced();
        this.turn = turn;
    }

    /** Control tokens that stand for their spelling in the answer. */
    Set<Integer> markers() {
        return syntax.markers();
    }

    /**
     * What the whole answer must keep to; null for nothing.
     *
     * @param content what its content must keep to; null for nothing. Where a call has to come there is none.
     */
    @Nullable
    RequestedConstraint constrain(@Nullable RequestedConstraint content) {
        CallGrammar calls = new CallGrammar(turn.tools());
        if (forced.isPresent()) {
            CallPattern pattern = forced.get();
            return new RequestedConstraint(TOOLS, "calls:" + CallGrammar.source(pattern), () -> calls.of(pattern));
        }
        boolean mayCall = !(turn.choice() instanceof ToolChoice.None)
                && !turn.tools().isEmpty()
                && syntax.format().isRead();
        if (content == null) {
            if (!mayCall || turn.tools().stream().noneMatch(ToolDefinition::strict)) {
                return null;
            }
            CallPattern pattern = CallPattern.free(syntax.format(), turn.tools(), turn.severalCalls());
            return afterReasoning(TOOLS, "free:" + CallGrammar.source(pattern), () -> calls.of(pattern));
        }
        if (!mayCall) {
            return afterReasoning(content.param(), content.source(), content.grammar());
        }
        CallPattern pattern = CallPattern.onlyCalls(syntax.format(), turn.tools(), turn.severalCalls());
        return afterReasoning(
                content.param(),
                "calls:" + CallGrammar.source(pattern) + content.source(),
                () -> Grammar.choice(content.grammar().read(), calls.of(pattern)));
    }

    private RequestedConstraint afterReasoning(String param, String source, GrammarSource grammar) {
        Optional<ReasoningFormat> reasoning = syntax.reasoning();
        if (reasoning.isEmpty()) {
            return new RequestedConstraint(param, source, grammar);
        }
        ReasoningFormat format = reasoning.get();
        boolean isOpen = syntax.reasoningIsOpen();
        String start = "after " + isOpen + format.open().length() + ":" + format.open() + format.close() + ":";
        return new RequestedConstraint(
                param, start + source, () -> Grammar.sequence(reasoning(format, isOpen), grammar.read()));
    }

    private static Grammar reasoning(ReasoningFormat format, boolean isOpen) throws ConstraintException {
        Grammar blanks = Grammar.regex(BLANKS);
        Grammar rest = Grammar.sequence(Grammar.textUntil(format.close()), blanks);
        return isOpen ? rest : Grammar.optional(Grammar.sequence(blanks, Grammar.literal(format.open()), rest));
    }
}
