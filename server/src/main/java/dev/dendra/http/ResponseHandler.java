// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.chat.ChatPrompt;
import dev.dendra.chat.ChatTurn;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/responses}. */
final class ResponseHandler implements Handler {
    private static final String PROMPT_PARAM = "input";

    private final ServedModels models;
    private final BodyReader bodies;
    private final ModelConstraints constraints;
    private final GenerationResponder responder;

    ResponseHandler(
            ServedModels models, BodyReader bodies, ModelConstraints constraints, GenerationResponder responder) {
        this.constraints = constraints;
        this.models = models;
        this.bodies = bodies;
        this.responder = responder;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws InterruptedException {
        responder.respond(request, response, bodies.read(request, this::job));
    }

    private GenerationJob job(RequestReader body) {
        ServedModel model = models.named(body.string("model"));
        ResponseRequest request = ResponseRequest.read(body, model.tokenizer().vocabularySize());
        ChatTurn turn = ChatTurn.of(request.messages());
        ChatPrompt prompt = ChatHandler.prompt(model, turn, PROMPT_PARAM);
        AnswerConstraint constraint = constraints.ofAnswer(model, request.options(), new AnswerRules(prompt, turn));
        String id = Identifiers.next("resp_");
        AnswerFormat format = new ResponseFormat(
                id,
                Instant.now().getEpochSecond(),
                model.id(),
                request.echo(),
                request.logprobs() != GenerationSpecification.NO_LOGPROBS,
                new TokenScores(model.tokenizer().endOfGeneration(), new TokenTexts(model.tokenizer())));
        return new GenerationJob(
                model,
                id,
                PROMPT_PARAM,
                List.of(specification(request, Prompt.of(prompt), constraint, model)),
                request.options(),
                format);
    }

    private static GenerationSpecification specification(
            ResponseRequest request, Prompt prompt, @Nullable AnswerConstraint constraint, ServedModel model) {
        GenerationOptions options = request.options();
        int room = model.roomAfter(prompt);
        return new GenerationSpecification(
                prompt,
                request.maximumTokens().orElse(room),
                options.sampling(),
                options.end().tokens(model.tokenizer()),
                options.end().stop(),
                options.end().minimumTokens(),
                request.logprobs(),
                GenerationSpecification.Continuation.NEW_TEXT,
                false,
                false,
                constraint,
                options.terms());
    }
}
