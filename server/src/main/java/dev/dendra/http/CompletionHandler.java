// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.constraint.ConstraintCache;
import dev.dendra.engine.TokenConstraint;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/completions}. */
final class CompletionHandler implements Handler {
    private final ServedModel model;
    private final BodyReader bodies;
    private final ConstraintCache constraints;
    private final GenerationResponder responder;

    CompletionHandler(
            ServedModel model, BodyReader bodies, ConstraintCache constraints, GenerationResponder responder) {
        this.model = model;
        this.bodies = bodies;
        this.constraints = constraints;
        this.responder = responder;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws InterruptedException {
        CompletionRequest completion = bodies.read(request, body -> {
            ModelCatalogue.requireServed(model, body.string("model"));
            return CompletionRequest.read(body, model.tokenizer());
        });
        String id = Identifiers.next("cmpl-");
        AnswerFormat format = new CompletionFormat(
                id,
                Instant.now().getEpochSecond(),
                model.id(),
                completion.logprobs() != GenerationSpecification.NO_LOGPROBS,
                new TokenTexts(model.tokenizer()));
        responder.respond(response, id, "prompt", specifications(completion), completion.options(), format);
    }

    private List<GenerationSpecification> specifications(CompletionRequest completion) throws InterruptedException {
        GenerationOptions options = completion.options();
        RequestedConstraint requested = options.constraint();
        @Nullable
        TokenConstraint constraint =
                requested == null ? null : requested.compile(constraints, GenerationSpecification.Continuation.OF_TEXT);
        Set<Integer> stopTokens =
                options.ignoreEndOfSequence() ? Set.of() : model.tokenizer().endOfGeneration();
        List<GenerationSpecification> specifications = new ArrayList<>();
        for (Prompt prompt : completion.prompts()) {
            for (int choice = 0; choice < options.choices(); choice++) {
                specifications.add(new GenerationSpecification(
                        prompt,
                        completion.maximumTokens(),
                        options.samplingOf(choice),
                        stopTokens,
                        options.stop(),
                        completion.logprobs(),
                        GenerationSpecification.Continuation.OF_TEXT,
                        completion.echo(),
                        constraint));
            }
        }
        return specifications;
    }
}
