// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.engine.SamplingParameters;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What a request would make the engine do, without doing it: the token ids of each prompt and the sampling, in the shape
 * of vLLM's renderer. Routers that know which server has which prefix ask for it.
 */
final class RenderHandler implements Handler {
    private final BodyReader bodies;
    private final JsonResponder json;
    private final Function<RequestReader, GenerationJob> endpoint;
    private final Function<List<ObjectNode>, JsonNode> envelope;

    private RenderHandler(
            BodyReader bodies,
            JsonResponder json,
            Function<RequestReader, GenerationJob> endpoint,
            Function<List<ObjectNode>, JsonNode> envelope) {
        this.bodies = bodies;
        this.json = json;
        this.endpoint = endpoint;
        this.envelope = envelope;
    }

    /** Answers with a list, since a request may have several prompts. */
    static RenderHandler ofPrompts(
            BodyReader bodies, JsonResponder json, Function<RequestReader, GenerationJob> endpoint) {
        return new RenderHandler(bodies, json, endpoint, prompts -> Json.array().addAll(prompts));
    }

    /** Answers with one object, since a request has one conversation. */
    static RenderHandler ofConversation(
            BodyReader bodies, JsonResponder json, Function<RequestReader, GenerationJob> endpoint) {
        return new RenderHandler(bodies, json, endpoint, List::getFirst);
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        GenerationJob job = bodies.read(request, endpoint);
        GenerationResponder.checkPromptsFit(job);
        int candidates = job.options().candidates();
        int prompts = job.specifications().size() / candidates;
        List<ObjectNode> rendered = IntStream.range(0, prompts)
                .mapToObj(prompt -> render(job, job.specifications().get(prompt * candidates), prompt))
                .toList();
        json.send(response, envelope.apply(rendered));
    }

    private static ObjectNode render(GenerationJob job, GenerationSpecification specification, int prompt) {
        ObjectNode node = Json.object().put("request_id", job.id() + "-" + prompt);
        ArrayNode tokens = node.putArray("token_ids");
        for (int token : specification.prompt().tokens()) {
            tokens.add(token);
        }
        node.set("sampling_params", sampling(job.options(), specification));
        node.put("model", job.model().id())
                .put("stream", job.options().streaming().stream())
                .put("priority", specification.terms().priority());
        String salt = specification.terms().cacheSalt();
        return salt.isEmpty() ? node.putNull("cache_salt") : node.put("cache_salt", salt);
    }

    private static ObjectNode sampling(GenerationOptions options, GenerationSpecification specification) {
        SamplingParameters sampling = specification.sampling();
        ObjectNode node = Json.object()
                .put("n", options.choices())
                .put("temperature", sampling.temperature())
                .put("top_p", sampling.topP())
                .put("top_k", sampling.topK())
                .put("min_p", sampling.minP())
                .put("repetition_penalty", sampling.repetitionPenalty())
                .put("frequency_penalty", sampling.frequencyPenalty())
                .put("presence_penalty", sampling.presencePenalty())
                .put("seed", sampling.seed())
                .put("max_tokens", specification.maximumTokens())
                .put("min_tokens", specification.minimumTokens())
                .put("ignore_eos", options.end().ignoreEndOfSequence());
        ArrayNode stop = node.putArray("stop");
        options.end().stop().forEach(stop::add);
        ArrayNode stopTokens = node.putArray("stop_token_ids");
        options.end().stopTokens().stream().sorted().forEach(stopTokens::add);
        if (specification.logprobs() == GenerationSpecification.NO_LOGPROBS) {
            return node.putNull("logprobs");
        }
        return node.put("logprobs", specification.logprobs());
    }
}
