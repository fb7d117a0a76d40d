// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What a request cost.
 *
 * @param promptTokens those of each prompt once, however many answers it gets
 * @param cachedTokens those of them whose keys and values were there already
 * @param completionTokens those generated for all candidates
 * @param reasoningTokens those of them that thought before answering
 * @param energy null if nobody asked, or if it is not known
 */
record Usage(
        int promptTokens,
        int cachedTokens,
        int completionTokens,
        int reasoningTokens,
        @Nullable EnergyJson energy) {

    /** Tokens alone. */
    static Usage ofTokens(int prompt, int cached, int completion, int reasoning) {
        return new Usage(prompt, cached, completion, reasoning, null);
    }

    Usage with(@Nullable EnergyJson spent) {
        return new Usage(promptTokens, cachedTokens, completionTokens, reasoningTokens, spent);
    }

    /** Adds the energy to {@code usage}, if it is known. */
    void putEnergy(ObjectNode usage) {
        if (energy != null) {
            usage.set("energy", energy.toJson());
        }
    }

    ObjectNode toJson() {
        ObjectNode usage = Json.object()
                .put("prompt_tokens", promptTokens)
                .put("completion_tokens", completionTokens)
                .put("total_tokens", promptTokens + completionTokens);
        usage.putObject("prompt_tokens_details").put("cached_tokens", cachedTokens);
        usage.putObject("completion_tokens_details").put("reasoning_tokens", reasoningTokens);
        putEnergy(usage);
        return usage;
    }
}
