// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import dev.dendra.tokenizer.template.Template;
import dev.dendra.tokenizer.template.TemplateException;
import dev.dendra.tokenizer.template.TemplateLimits;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;

/**
 * Turns a conversation into what a model was trained on, by the model's own template. What roles and contents say is
 * text: the spelling of a control token in it does not become one. Immutable; may be shared by threads.
 */
public final class ChatTemplate {
    private static final String KEY = "tokenizer.chat_template";

    private final Template template;
    private final ControlTokenGuard guard;
    private final String beginOfSequence;
    private final String endOfSequence;

    private ChatTemplate(Template template, Tokenizer tokenizer) {
        this.template = template;
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
            return new ChatTemplate(Template.parse(metadata.string(KEY)), tokenizer);
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
        return ControlTokenGuard.unguarded(guarded(messages, addGenerationPrompt));
    }

    /**
     * The tokens of a conversation; the template says whether a begin-of-sequence token is among them.
     *
     * @param addGenerationPrompt whether they end with the beginning of the assistant's turn
     * @throws ChatTemplateException when the template refuses the conversation, fails, or would take too long
     */
    public int[] encode(List<ChatMessage> messages, boolean addGenerationPrompt) throws ChatTemplateException {
        return guard.encode(guarded(messages, addGenerationPrompt));
    }

    private String guarded(List<ChatMessage> messages, boolean addGenerationPrompt) throws ChatTemplateException {
        List<Map<String, String>> values = messages.stream()
                .map(message -> Map.of("role", guard.guard(message.role()), "content", guard.guard(message.content())))
                .toList();
        try {
            return template.render(
                    Map.of(
                            "messages", values,
                            "add_generation_prompt", addGenerationPrompt,
                            "bos_token", beginOfSequence,
                            "eos_token", endOfSequence),
                    Clock.system(ZoneId.systemDefault()),
                    TemplateLimits.DEFAULT);
        } catch (TemplateException e) {
            boolean refusal = e.kind() == TemplateException.Kind.RAISED;
            throw new ChatTemplateException((refusal ? "" : "chat template, ") + e.getMessage(), refusal, e);
        }
    }
}
