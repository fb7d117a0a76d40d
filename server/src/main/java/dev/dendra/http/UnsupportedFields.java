// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Fields that other servers know, that would change what an answer means, and that this one does not honour. */
final class UnsupportedFields {
    /** Refused when true. */
    private static final List<String> FLAGS = List.of("use_beam_search", "continue_final_message");

    /** Refused when they say anything. */
    private static final List<String> VALUES = List.of(
            "truncate_prompt_tokens", "chat_template", "prompt_embeds", "bad_words", "allowed_token_ids", "audio");

    private UnsupportedFields() {}

    /**
     * Checks a body for them.
     *
     * @throws ApiException that names the first one found
     */
    static void refuse(RequestReader body) {
        for (String name : FLAGS) {
            JsonNode node = body.node(name);
            if (node != null && node.asBoolean(true)) {
                throw unsupported(body, name);
            }
        }
        for (String name : VALUES) {
            if (body.isSet(name)) {
                throw unsupported(body, name);
            }
        }
        if (!body.flag("add_generation_prompt", true)) {
            throw unsupported(body, "add_generation_prompt");
        }
        refuseModalities(body);
    }

    private static void refuseModalities(RequestReader body) {
        JsonNode modalities = body.node("modalities");
        if (modalities == null) {
            return;
        }
        for (JsonNode modality : modalities) {
            if (!modality.asText().equals("text")) {
                throw unsupported(body, "modalities");
            }
        }
    }

    private static ApiException unsupported(RequestReader body, String name) {
        return ApiException.unsupported(body.path(name), "'" + name + "' is not supported by this server.");
    }
}
