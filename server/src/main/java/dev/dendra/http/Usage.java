// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Tokens that a request cost.
 *
 * @param promptTokens those of each prompt once
 * @param completionTokens those generated for all choices
 * @param reasoningTokens those of them that thought before answering
 */
record Usage(int promptTokens, int completionTokens, int reasoningTokens) {

    ObjectNode toJson() {
        ObjectNode usage = Json.object()
                .put("prompt_tokens", promptTokens)
                .put("completion_tokens", completionTokens)
                .put("total_tokens", promptTokens + completionTokens);
        if (reasoningTokens > 0) {
            usage.putObject("completion_tokens_details").put("reasoning_tokens", reasoningTokens);
        }
        return usage;
    }
}
