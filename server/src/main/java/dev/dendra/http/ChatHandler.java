// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.chat.ChatPrompt;
import dev.dendra.chat.ChatTurn;
import dev.dendra.tokenizer.Tokenizer;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}. */
final class ChatHandler implements Handler {
    private static final String PROMPT_PARAM = "messages";

    private final ServedModels models;
    private final BodyReader bodies;
    private final ModelConstraints constraints;
    private final GenerationResponder responder;

    ChatHandler(ServedModels models, BodyReader bodies, ModelConstraints constraints, GenerationResponder responder) {
        this.models = models;
        this.bodies = bodies;
        this.constraints = constraints;
        this.responder = responder;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws InterruptedException {
        responder.respond(request, response, bodies.read(request, this::job));
    }

    /**
     * What a request asks for.
     *
     * @throws ApiException if it asks for it wrongly
     */
    GenerationJob job(RequestReader body) {
        ServedModel model = models.named(body.string("model"));
        Tokenizer tokenizer = model.tokenizer();
        ChatRequest chat = ChatRequest.read(body, tokenizer.vocabularySize());
        ChatPrompt rendered = prompt(model, chat.turn(), PROMPT_PARAM);
        Prompt prompt = Prompt.of(rendered);
        AnswerConstraint constraint =
                constraints.ofAnswer(model, chat.options(), new AnswerRules(rendered, chat.turn()));
        String id = Identifiers.next("chatcmpl-");
        AnswerFormat format = new ChatFormat(
                id,
                Instant.now().getEpochSecond(),
                model.id(),
                chat.logprobs() != GenerationSpecification.NO_LOGPROBS,
                tokenizer.endOfGeneration(),
                new TokenTexts(tokenizer));
        return new GenerationJob(
                model, id, PROMPT_PARAM, specifications(chat, prompt, constraint, model), chat.options(), format);
    }

    /**
     * The prompt that a conversation makes.
     *
     * @param param the request field that holds the conversation
     * @throws ApiException if the model has no template, or its template does not take the conversation
     */
    static ChatPrompt prompt(ServedModel model, ChatTurn turn, String param) {
        ConversationEncoder conversations = model.conversations();
        if (conversations == null) {
            throw ApiException.unsupported(param, "The model has no chat template; use /v1/completions instead.");
        }
        ChatPrompt prompt;
        try {
            prompt = conversations.encode(turn);
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(param, "The chat template does not take the messages: " + e.getMessage());
        }
        if (prompt.tokens().length == 0) {
            throw ApiException.invalid(param, "'" + param + "' makes an empty prompt.");
        }
        return prompt;
    }

    private static List<GenerationSpecification> specifications(
            ChatRequest chat, Prompt prompt, @Nullable AnswerConstraint constraint, ServedModel model) {
        GenerationOptions options = chat.options();
        int room = model.roomAfter(prompt);
        int logprobs = options.chooses() ? Math.max(0, chat.logprobs()) : chat.logprobs();
        List<GenerationSpecification> specifications = new ArrayList<>();
        for (int candidate = 0; candidate < options.candidates(); candidate++) {
            specifications.add(new GenerationSpecification(
                    prompt,
                    chat.maximumTokens().orElse(room),
                    options.samplingOf(candidate),
                    options.end().tokens(model.tokenizer()),
                    options.end().stop(),
                    options.end().minimumTokens(),
                    logprobs,
                    GenerationSpecification.Continuation.NEW_TEXT,
                    false,
                    false,
                    constraint,
                    options.terms()));
        }
        return specifications;
    }
}
