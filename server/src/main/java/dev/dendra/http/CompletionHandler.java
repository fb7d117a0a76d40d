// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/completions}. */
final class CompletionHandler implements Handler {
    private final ServedModels models;
    private final BodyReader bodies;
    private final ModelConstraints constraints;
    private final GenerationResponder responder;

    CompletionHandler(
            ServedModels models, BodyReader bodies, ModelConstraints constraints, GenerationResponder responder) {
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
        CompletionRequest completion = CompletionRequest.read(body, model.tokenizer());
        String id = Identifiers.next("cmpl-");
        AnswerFormat format = new CompletionFormat(
                id,
                Instant.now().getEpochSecond(),
                model.id(),
                completion.logprobs() != GenerationSpecification.NO_LOGPROBS,
                new TokenTexts(model.tokenizer()));
        return new GenerationJob(model, id, "prompt", specifications(completion, model), completion.options(), format);
    }

    private List<GenerationSpecification> specifications(CompletionRequest completion, ServedModel model) {
        GenerationOptions options = completion.options();
        boolean scored = completion.logprobs() != GenerationSpecification.NO_LOGPROBS;
        // To choose among candidates takes their scores, whether or not they are shown.
        int logprobs = options.chooses() ? Math.max(0, completion.logprobs()) : completion.logprobs();
        @Nullable AnswerConstraint constraint = constraints.ofText(model, options);
        List<GenerationSpecification> specifications = new ArrayList<>();
        for (Prompt prompt : completion.prompts()) {
            for (int candidate = 0; candidate < options.candidates(); candidate++) {
                specifications.add(new GenerationSpecification(
                        prompt,
                        completion.maximumTokens(),
                        options.samplingOf(candidate),
                        options.end().tokens(model.tokenizer()),
                        options.end().stop(),
                        options.end().minimumTokens(),
                        logprobs,
                        GenerationSpecification.Continuation.OF_TEXT,
                        completion.echo(),
                        completion.echo() && scored,
                        constraint,
                        options.terms()));
            }
        }
        return specifications;
    }
}
