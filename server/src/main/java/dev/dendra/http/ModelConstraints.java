// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.constraint.ConstraintCache;
import dev.dendra.engine.TokenConstraint;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The compiled constraints of each model that is served. */
final class ModelConstraints {
    private final Map<String, ConstraintCache> caches = new HashMap<>();

    ModelConstraints(ServedModels models) {
        models.all().forEach(model -> caches.put(model.id(), new ConstraintCache(model.tokenizer())));
    }

    /**
     * What the answers to a request must keep to; null for nothing.
     *
     * @throws ApiException naming the field, if it cannot be compiled
     */
    @Nullable
    TokenConstraint of(
            ServedModel model, GenerationOptions options, GenerationSpecification.Continuation continuation) {
        RequestedConstraint requested = options.constraint();
        ConstraintCache cache = caches.get(model.id());
        if (requested == null || cache == null) {
            return null;
        }
        try {
            return requested.compile(cache, continuation);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ApiException.unavailable("The server ended the request.");
        }
    }
}
