// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The models that a server answers for.
 *
 * @param all at least one, each with a name of its own; the first answers requests that name none
 */
public record ServedModels(List<ServedModel> all) {

    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException if there is no model, or two have the same name
     */
    public ServedModels {
        all = List.copyOf(all);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("no model is served");
        }
        Set<String> names = new HashSet<>();
        for (ServedModel model : all) {
            if (!names.add(model.id())) {
                throw new IllegalArgumentException("two models are called '" + model.id() + "'");
            }
        }
    }

    /** One model alone. */
    public static ServedModels only(ServedModel model) {
        return new ServedModels(List.of(model));
    }

    /**
     * The model that a request names; the first if it names none.
     *
     * @throws ApiException 404 if no model has this name
     */
    ServedModel named(@Nullable String id) {
        if (id == null) {
            return all.getFirst();
        }
        return all.stream()
                .filter(model -> model.id().equals(id))
                .findFirst()
                .orElseThrow(() -> ApiException.unknownModel(id));
    }
}
