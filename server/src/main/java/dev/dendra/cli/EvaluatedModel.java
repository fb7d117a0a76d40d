// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.kernels.KernelInfo;

/**
 * A model that was evaluated, and with what.
 *
 * @param name of the model
 * @param encodings of its weights
 * @param kernels that ran
 * @param activations their precision, as {@code Activations} describes it
 * @param kvType of keys and values, by name
 */
record EvaluatedModel(String name, String encodings, KernelInfo kernels, String activations, String kvType) {

    /** What was loaded. */
    static EvaluatedModel of(OpenedModel opened, LoadedModel loaded) {
        return new EvaluatedModel(
                opened.name(),
                WeightSummary.of(opened.source()).encodings(),
                loaded.kernels().info(),
                loaded.model().activations().toString(),
                loaded.model().kvLayout().type().id());
    }

    /** {@code smollm2-135m-instruct, weights u4g32, activations i16, KV bf16, kernels native avx512}. */
    String describe() {
        return name + ", weights " + encodings + ", activations " + activations + ", KV " + kvType + ", kernels "
                + kernels.provider() + " " + kernels.isa();
    }

    /** Writes it into a JSON object. */
    void write(ObjectNode node) {
        node.put("name", name)
                .put("weights", encodings)
                .put("kernels", kernels.provider())
                .put("isa", kernels.isa())
                .put("activations", activations)
                .put("kv_type", kvType);
    }
}
