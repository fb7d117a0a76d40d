// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import dev.dendra.tokenizer.ChatInput;
import dev.dendra.tokenizer.ChatMessage;
import dev.dendra.tokenizer.ChatTemplate;
import dev.dendra.tokenizer.ChatTemplateException;
import dev.dendra.tokenizer.RenderedChat;
import dev.dendra.tokenizer.Tokenizer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How one model holds a conversation: its template, how it thinks, how it calls tools. What its template knows is found
 * out by rendering small conversations. Immutable; may be shared by threads.
 */
public final class ChatDialect {
    private static final String PROBE = "dendra_probe_tool";

    private final ChatTemplate template;
    private final Optional<ReasoningFormat> reasoning;
    private final ToolCallFormat format;
    private final boolean knowsTools;
    private final ToolInstructions instructions;
    private final Set<Integer> markers;

    private ChatDialect(ChatTemplate template, Tokenizer tokenizer, Optional<ToolCallFormat> chosen) {
        this.template = template;
        this.reasoning = ReasoningFormat.detect(template.source(), tokenizer);
        this.knowsTools = knowsTools(template);
        this.format =
                chosen.orElseGet(() -> knowsTools ? ToolCallFormat.detect(template.source()) : ToolCallFormat.HERMES);
        this.instructions = new ToolInstructions(format, takesSystemMessages(template));
        this.markers = markers(tokenizer, format, reasoning);
    }

    /**
     * The dialect of a model.
     *
     * @param chosen how calls are written; nothing to go by the template
     */
    public static ChatDialect of(ChatTemplate template, Tokenizer tokenizer, Optional<ToolCallFormat> chosen) {
        return new ChatDialect(template, tokenizer, chosen);
    }

    /** How calls are written. */
    public ToolCallFormat toolFormat() {
        return format;
    }

    /** Whether the template itself tells the model about tools; if not, a system message does. */
    public boolean knowsTools() {
        return knowsTools;
    }

    /** How reasoning is marked; nothing for a model that does not think. */
    public Optional<ReasoningFormat> reasoning() {
        return reasoning;
    }

    /**
     * The prompt for the assistant's next turn.
     *
     * @throws IllegalArgumentException when a call is asked for that would not be read
     * @throws ChatTemplateException when the template refuses the conversation, fails, or would take too long
     */
    public ChatPrompt prompt(ChatTurn turn) throws ChatTemplateException {
        boolean forced = turn.choice() instanceof ToolChoice.Required || turn.choice() instanceof ToolChoice.Named;
        if (forced && !format.isRead()) {
            throw new IllegalArgumentException("calls of tools are not read here, so none can be asked for");
        }
        List<ToolDefinition> tools = turn.choice() instanceof ToolChoice.None ? List.of() : turn.tools();
        RenderedChat prompt = template.render(input(turn, tools), true);
        boolean reasoningIsOpen = reasoning
                .filter(thought -> thought.isOpenAtEndOf(prompt.text()))
                .isPresent();
        String begun = beginning(turn.choice());
        String ending =
                forced && reasoningIsOpen ? "\n" + reasoning.orElseThrow().close() + "\n\n" : "";
        Set<String> names = tools.stream().map(ToolDefinition::name).collect(Collectors.toUnmodifiableSet());
        AnswerSyntax syntax = new AnswerSyntax(
                reasoning, reasoningIsOpen && !forced, format, names, turn.severalCalls(), begun, markers);
        return new ChatPrompt(
                prompt.followedBy(ending + begun).tokens(),
                syntax,
                forced
                        ? Optional.of(CallPattern.forced(format, tools, turn.choice(), turn.severalCalls()))
                        : Optional.empty());
    }

    private ChatInput input(ChatTurn turn, List<ToolDefinition> tools) {
        if (!knowsTools) {
            return new ChatInput(instructions.applyTo(turn.messages(), tools), List.of(), turn.variables());
        }
        return new ChatInput(
                turn.messages(),
                tools.stream().map(ToolDefinition::templateValue).toList(),
                turn.variables());
    }

    /** The beginning of a call that has to come: it is put into the prompt, so that the model has no choice. */
    private String beginning(ToolChoice choice) {
        return switch (choice) {
            case ToolChoice.None _, ToolChoice.Auto _ -> "";
            case ToolChoice.Required _ -> format.beginning();
            // Names are of characters that neither JSON nor a tokenizer takes for anything else.
            case ToolChoice.Named(String name) ->
                format.beginning() + "{\"name\": \"" + name + "\", \"" + format.argumentsKey() + "\":";
        };
    }

    private static boolean knowsTools(ChatTemplate template) {
        Map<String, Object> probe = new ToolDefinition(PROBE, PROBE, null, false).templateValue();
        try {
            ChatInput input = new ChatInput(List.of(new ChatMessage("user", "x")), List.of(probe), Map.of());
            return template.render(input, true).text().contains(PROBE);
        } catch (ChatTemplateException e) {
            return false;
        }
    }

    private static boolean takesSystemMessages(ChatTemplate template) {
        List<ChatMessage> messages = List.of(new ChatMessage("system", PROBE), new ChatMessage("user", "x"));
        try {
            return template.render(messages, true).contains(PROBE);
        } catch (ChatTemplateException e) {
            return false;
        }
    }

    private static Set<Integer> markers(
            Tokenizer tokenizer, ToolCallFormat format, Optional<ReasoningFormat> reasoning) {
        Set<String> spellings = new HashSet<>(List.of(format.open(), format.close()));
        reasoning.ifPresent(thought -> spellings.addAll(List.of(thought.open(), thought.close())));
        return IntStream.range(0, tokenizer.vocabularySize())
                .filter(token -> tokenizer.isControl(token) && spellings.contains(tokenizer.spelling(token)))
                .boxed()
                .collect(Collectors.toUnmodifiableSet());
    }
}
