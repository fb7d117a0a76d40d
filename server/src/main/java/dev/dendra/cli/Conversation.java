// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.SamplingParameters;
import dev.dendra.tokenizer.ChatMessage;
import dev.dendra.tokenizer.ChatTemplate;
import dev.dendra.tokenizer.ChatTemplateException;
import dev.dendra.tokenizer.IncrementalDetokenizer;
import dev.dendra.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what the user says, line by line, and prints the model's answers; each answer sees all that came before. */
final class Conversation {
    private static final String PROMPT = "> ";

    private final Console console;
    private final ChatTemplate template;
    private final AnswerPrinter printer;
    private final Tokenizer tokenizer;
    private final @Nullable String system;
    private final int maximumTokens;
    private final SamplingParameters sampling;
    private final List<ChatMessage> messages = new ArrayList<>();

    Conversation(
            Console console,
            ChatTemplate template,
            AnswerPrinter printer,
            Tokenizer tokenizer,
            @Nullable String system,
            int maximumTokens,
            SamplingParameters sampling) {
        this.console = console;
        this.template = template;
        this.printer = printer;
        this.tokenizer = tokenizer;
        this.system = system;
        this.maximumTokens = maximumTokens;
        this.sampling = sampling;
    }

    /** Goes on until the user ends it. */
    void run() throws IOException, InterruptedException, ChatTemplateException {
        begin();
        while (true) {
            // On stderr, so that redirected output holds the answers alone.
            console.err().print(PROMPT);
            console.err().flush();
            String line = console.in().readLine();
            if (line == null) {
                console.err().println();
                return;
            }
            switch (line.strip()) {
                case "" -> {}
                case "/exit", "/quit" -> {
                    return;
                }
                case "/clear" -> begin();
                default -> answer(line);
            }
        }
    }

    private void begin() {
        messages.clear();
        if (system != null) {
            messages.add(new ChatMessage("system", system));
        }
    }

    private void answer(String line) throws InterruptedException, ChatTemplateException {
        messages.add(new ChatMessage("user", line));
        try {
            int[] prompt = template.encode(messages, true);
            Answer answer = printer.print(prompt, maximumTokens, sampling, IncrementalDetokenizer.ofText(tokenizer));
            messages.add(new ChatMessage("assistant", answer.text()));
            console.out().println();
            console.out().flush();
            console.err().println("[" + answer.speeds() + "]");
        } catch (CommandFailure refusal) {
            // A conversation that has outgrown the context can be cleared; it need not end.
            messages.removeLast();
            console.err().println("dendra: " + refusal.getMessage() + "; /clear starts over");
        }
    }
}
