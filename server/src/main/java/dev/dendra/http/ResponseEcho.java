// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The part of a response that is known before anything is generated: what the request said, and defaults for the rest. */
final class ResponseEcho {
    private static final List<String> TEXTS = List.of("instructions", "prompt_cache_key", "safety_identifier", "user");
    private static final int MAXIMUM_TEXT_LENGTH = 512;

    private final ObjectNode fields;

    private ResponseEcho(ObjectNode fields) {
        this.fields = fields;
    }

    /** Reads and checks the fields. */
    static ResponseEcho read(RequestReader body) {
        ObjectNode fields = Json.object();
        for (String name : TEXTS) {
            String text = body.string(name);
            if (text != null && text.length() > MAXIMUM_TEXT_LENGTH && !name.equals("instructions")) {
                throw ApiException.invalid(
                        name, "'" + name + "' has more than " + MAXIMUM_TEXT_LENGTH + " characters.");
            }
            fields.put(name, text);
        }
        body.integer("max_output_tokens", 1, Integer.MAX_VALUE)
                .ifPresentOrElse(
                        most -> fields.put("max_output_tokens", most), () -> fields.putNull("max_output_tokens"));
        ObjectNode metadata = body.objectNode("metadata");
        fields.set("metadata", metadata == null ? Json.object() : metadata);
        fields.put("temperature", body.number("temperature", 0, 2, 1));
        fields.put("top_p", body.number("top_p", 0, 1, 1));
        fields.put("frequency_penalty", body.number("frequency_penalty", -2, 2, 0));
        fields.put("presence_penalty", body.number("presence_penalty", -2, 2, 0));
        fields.put("top_logprobs", body.integer("top_logprobs", 0, 20).orElse(0));
        fields.put("parallel_tool_calls", body.flag("parallel_tool_calls", true));
        // Whatever the request asks for: nothing is kept.
        fields.put("store", false).put("background", false);
        fields.putNull("previous_response_id").putNull("conversation").putNull("prompt");
        fields.putNull("max_tool_calls");
        fields.putArray("tools");
        fields.put("tool_choice", "auto").put("service_tier", "default").put("truncation", "disabled");
        reasoning(body, fields.putObject("reasoning"));
        RequestReader text = body.child("text");
        ObjectNode format = text == null ? null : text.objectNode("format");
        ObjectNode texts = fields.putObject("text");
        texts.set("format", format == null ? Json.object().put("type", "text") : format.deepCopy());
        texts.put("verbosity", "medium");
        return new ResponseEcho(fields);
    }

    /** Adds the fields to {@code response}. */
    void addTo(ObjectNode response) {
        response.setAll(fields.deepCopy());
    }

    private static void reasoning(RequestReader body, ObjectNode reasoning) {
        RequestReader asked = body.child("reasoning");
        JsonNode effort = asked == null ? null : asked.node("effort");
        reasoning.put("effort", effort == null ? null : effort.asText()).putNull("summary");
    }
}
