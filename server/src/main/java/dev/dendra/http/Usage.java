// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Tokens that a request cost: those of each prompt once, and those generated for all choices. */
record Usage(int promptTokens, int completionTokens) {

    ObjectNode toJson() {
        return Json.object()
                .put("prompt_tokens", promptTokens)
                .put("completion_tokens", completionTokens)
                .put("total_tokens", promptTokens + completionTokens);
    }
}
