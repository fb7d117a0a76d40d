// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Tokens that a request cost.
 *
 * @param promptTokens those of each prompt once, however many answers it gets
 * @param cachedTokens those of them whose keys and values were there already
 * @param completionTokens those generated for all candidates
 * @param reasoningTokens those of them that thought before answering
 */
record Usage(int promptTokens, int cachedTokens, int completionTokens, int reasoningTokens) {

    ObjectNode toJson() {
        ObjectNode usage = Json.object()
                .put("prompt_tokens", promptTokens)
                .put("completion_tokens", completionTokens)
                .put("total_tokens", promptTokens + completionTokens);
        usage.putObject("prompt_tokens_details").put("cached_tokens", cachedTokens);
        usage.putObject("completion_tokens_details").put("reasoning_tokens", reasoningTokens);
        return usage;
    }
}
