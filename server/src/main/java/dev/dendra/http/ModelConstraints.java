// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.constraint.ConstraintCache;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The compiled constraints of each model that is served. Any number of threads may use it. */
final class ModelConstraints {
    private final Map<Vocabulary, ConstraintCache> caches = new ConcurrentHashMap<>();

    /** A model's tokens, and the control tokens among them that stand for their spelling. */
    private record Vocabulary(String model, Set<Integer> markers) {}

    /**
     * What the text that goes on from a prompt must keep to; null for nothing.
     *
     * @throws ApiException naming the field, if it cannot be compiled or kept to
     */
    @Nullable
    AnswerConstraint ofText(ServedModel model, GenerationOptions options) {
        return compile(model, options.constraint(), options, Set.of(), GenerationSpecification.Continuation.OF_TEXT);
    }

    /**
     * What an answer in a conversation must keep to; null for nothing.
     *
     * @throws ApiException naming the field, if it cannot be compiled or kept to
     */
    @Nullable
    AnswerConstraint ofAnswer(ServedModel model, GenerationOptions options, AnswerRules rules) {
        return compile(
                model,
                rules.constrain(options.constraint()),
                options,
                rules.markers(),
                GenerationSpecification.Continuation.NEW_TEXT);
    }

    private @Nullable AnswerConstraint compile(
            ServedModel model,
            @Nullable RequestedConstraint requested,
            GenerationOptions options,
            Set<Integer> markers,
            GenerationSpecification.Continuation continuation) {
        if (requested == null) {
            return null;
        }
        if (options.end().ignoreEndOfSequence()) {
            throw ApiException.invalid(
                    "ignore_eos",
                    "'ignore_eos' cannot be used together with '" + requested.param()
                            + "', which says where the answer ends.");
        }
        ConstraintCache cache = caches.computeIfAbsent(
                new Vocabulary(model.id(), markers), absent -> new ConstraintCache(model.tokenizer(), markers));
        try {
            return requested.compile(cache, continuation);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ApiException.unavailable("The server ended the request.");
        }
    }
}
