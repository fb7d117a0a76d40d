// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.constraint.ConstraintCache;
import dev.dendra.engine.TokenConstraint;
import dev.dendra.tokenizer.Tokenizer;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}. */
final class ChatHandler implements Handler {
    private static final String PROMPT_PARAM = "messages";

    private final ServedModel model;
    private final BodyReader bodies;
    private final ConstraintCache constraints;
    private final GenerationResponder responder;

    ChatHandler(ServedModel model, BodyReader bodies, ConstraintCache constraints, GenerationResponder responder) {
        this.model = model;
        this.bodies = bodies;
        this.constraints = constraints;
        this.responder = responder;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws InterruptedException {
        Tokenizer tokenizer = model.tokenizer();
        ChatRequest chat = bodies.read(request, body -> {
            ModelCatalogue.requireServed(model, body.string("model"));
            return ChatRequest.read(body, tokenizer.vocabularySize());
        });
        Prompt prompt = prompt(chat);
        String id = Identifiers.next("chatcmpl-");
        AnswerFormat format = new ChatFormat(
                id,
                Instant.now().getEpochSecond(),
                model.id(),
                chat.logprobs() != GenerationSpecification.NO_LOGPROBS,
                tokenizer.endOfGeneration(),
                new TokenTexts(tokenizer));
        responder.respond(response, id, PROMPT_PARAM, specifications(chat, prompt), chat.options(), format);
    }

    private Prompt prompt(ChatRequest chat) {
        ConversationEncoder conversations = model.conversations();
        if (conversations == null) {
            throw ApiException.unsupported(
                    PROMPT_PARAM, "The model has no chat template; use /v1/completions instead.");
        }
        int[] tokens;
        try {
            tokens = conversations.encode(chat.messages());
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(PROMPT_PARAM, "The chat template does not take the messages: " + e.getMessage());
        }
        if (tokens.length == 0) {
            throw ApiException.invalid(PROMPT_PARAM, "'messages' makes an empty prompt.");
        }
        return new Prompt(tokens, "");
    }

    private List<GenerationSpecification> specifications(ChatRequest chat, Prompt prompt) throws InterruptedException {
        GenerationOptions options = chat.options();
        RequestedConstraint requested = options.constraint();
        @Nullable
        TokenConstraint constraint = requested == null
                ? null
                : requested.compile(constraints, GenerationSpecification.Continuation.NEW_TEXT);
        Set<Integer> stopTokens =
                options.ignoreEndOfSequence() ? Set.of() : model.tokenizer().endOfGeneration();
        // At least one, so that a prompt that fills the context is refused and not answered with nothing.
        int room = Math.max(1, model.contextLength() - prompt.tokens().length);
        List<GenerationSpecification> specifications = new ArrayList<>();
        for (int choice = 0; choice < options.choices(); choice++) {
            specifications.add(new GenerationSpecification(
                    prompt,
                    chat.maximumTokens().orElse(room),
                    options.samplingOf(choice),
                    stopTokens,
                    options.stop(),
                    chat.logprobs(),
                    GenerationSpecification.Continuation.NEW_TEXT,
                    false,
                    constraint));
        }
        return specifications;
    }
}
