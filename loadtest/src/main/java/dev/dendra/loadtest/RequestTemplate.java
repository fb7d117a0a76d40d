// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What all requests of a load test have in common.
 *
 * @param endpoint they go to
 * @param model their {@code model}
 * @param ignoreEos whether answers go on to their limit, which fixes their lengths
 * @param extra further fields, which win over the others
 */
record RequestTemplate(Endpoint endpoint, String model, boolean ignoreEos, ObjectNode extra) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The body of a request for {@code prompt}: streamed, with usage, greedily sampled. */
    String body(Prompt prompt) {
        ObjectNode body = JSON.createObjectNode();
        body.put("model", model);
        endpoint.put(prompt.content(), body);
        body.put("max_tokens", prompt.maxTokens()).put("temperature", 0).put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        if (ignoreEos) {
            body.put("ignore_eos", true);
        }
        body.setAll(extra);
        return body.toString();
    }
}
