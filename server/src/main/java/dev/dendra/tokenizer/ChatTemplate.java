// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import dev.dendra.tokenizer.template.Template;
import dev.dendra.tokenizer.template.TemplateException;
import dev.dendra.tokenizer.template.TemplateLimits;
import java.time.Clock;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns a conversation into what a model was trained on, by the model's own template. What roles and contents say is
 * text: the spelling of a control token in it does not become one. Immutable; may be shared by threads.
 */
public final class ChatTemplate {
    private static final String KEY = "tokenizer.chat_template";

    private static final Set<String> RESERVED = Set.of(
            "messages",
            "tools",
            "documents",
            "add_generation_prompt",
            "bos_token",
            "eos_token",
            "raise_exception",
            "namespace",
            "dict",
            "range",
            "strftime_now");

    private final String source;
    private final Template template;
    private final ControlTokenGuard guard;
    private final String beginOfSequence;
    private final String endOfSequence;

    private ChatTemplate(String source, Tokenizer tokenizer) {
        this.source = source;
        this.template = Template.parse(source);
        this.guard = new ControlTokenGuard(tokenizer);
        this.beginOfSequence = spelling(tokenizer, tokenizer.beginOfSequence());
        this.endOfSequence = spelling(tokenizer, tokenizer.endOfSequence());
    }

    private static String spelling(Tokenizer tokenizer, int token) {
        return token < 0 ? "" : tokenizer.spelling(token);
    }

    /** Whether a model has a chat template. */
    public static boolean isIn(ModelMetadata metadata) {
        return metadata.contains(KEY);
    }

    /**
     * The template of a model file.
     *
     * @throws ModelFormatException when it has none
     * @throws ChatTemplateException when the template cannot be parsed; the message names the line
     */
    public static ChatTemplate of(ModelMetadata metadata, Tokenizer tokenizer)
            throws ModelFormatException, ChatTemplateException {
        try {
            return new ChatTemplate(metadata.string(KEY), tokenizer);
        } catch (TemplateException e) {
            throw new ChatTemplateException("chat template of " + metadata.file() + ", " + e.getMessage(), false, e);
        }
    }

    /**
     * The text of a conversation, for people to read; encode it with {@link #encode}, which keeps users' text apart
     * from control tokens.
     *
     * @param addGenerationPrompt whether the text ends with the beginning of the assistant's turn
     * @throws ChatTemplateException when the template refuses the conversation, fails, or would take too long
     */
    public String render(List<ChatMessage> messages, boolean addGenerationPrompt) throws ChatTemplateException {
        return render(ChatInput.of(messages), addGenerationPrompt).text();
    }

    /**
     * The tokens of a conversation; the template says whether a begin-of-sequence token is among them.
     *
     * @param addGenerationPrompt whether they end with the beginning of the assistant's turn
     * @throws ChatTemplateException when the template refuses the conversation, fails, or would take too long
     */
    public int[] encode(List<ChatMessage> messages, boolean addGenerationPrompt) throws ChatTemplateException {
        return render(ChatInput.of(messages), addGenerationPrompt).tokens();
    }

    /**
     * A conversation with all that a template may ask for.
     *
     * @param addGenerationPrompt whether it ends with the beginning of the assistant's turn
     * @throws ChatTemplateException when the template refuses the conversation, fails, or would take too long
     * @throws IllegalArgumentException when a variable of {@code input} has a reserved name
     */
    public RenderedChat render(ChatInput input, boolean addGenerationPrompt) throws ChatTemplateException {
        TemplateData data = new TemplateData(guard);
        Map<String, @Nullable Object> variables = new HashMap<>();
        input.variables().forEach((name, value) -> {
            if (isReserved(name)) {
                throw new IllegalArgumentException("'" + name + "' is a variable of the template's own");
            }
            variables.put(name, data.value(value));
        });
        variables.put("messages", data.messages(input.messages()));
        variables.put("tools", input.tools().isEmpty() ? null : data.value(input.tools()));
        variables.put("documents", null);
        variables.put("add_generation_prompt", addGenerationPrompt);
        variables.put("bos_token", beginOfSequence);
        variables.put("eos_token", endOfSequence);
        try {
            return new RenderedChat(
                    guard, template.render(variables, Clock.system(ZoneId.systemDefault()), TemplateLimits.DEFAULT));
        } catch (TemplateException e) {
            boolean refusal = e.kind() == TemplateException.Kind.RAISED;
            throw new ChatTemplateException((refusal ? "" : "chat template, ") + e.getMessage(), refusal, e);
        }
    }

    /** Whether a variable of this name is the template's own, which no request may set. */
    public static boolean isReserved(String variable) {
        return RESERVED.contains(variable);
    }

    /** The template as it is written, to look for what it knows. */
    public String source() {
        return source;
    }
}
