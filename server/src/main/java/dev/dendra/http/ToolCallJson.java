// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.chat.ToolCallDelta;
import java.util.List;

/** Calls of tools in the shape of OpenAI's chat API. */
final class ToolCallJson {
    private ToolCallJson() {}

    /** Whole calls, for {@code message.tool_calls}. */
    static ArrayNode whole(List<ToolCallDelta> calls) {
        ArrayNode list = Json.array();
        for (ToolCallDelta call : calls) {
            ObjectNode node = list.addObject().put("id", call.id()).put("type", "function");
            node.putObject("function").put("name", call.name()).put("arguments", call.arguments());
        }
        return list;
    }

    /** Pieces of calls, for {@code delta.tool_calls}: the first of a call says which it is. */
    static ArrayNode pieces(List<ToolCallDelta> calls) {
        ArrayNode list = Json.array();
        for (ToolCallDelta call : calls) {
            ObjectNode node = list.addObject().put("index", call.index());
            if (call.id() != null) {
                node.put("id", call.id()).put("type", "function");
            }
            ObjectNode function = node.putObject("function");
            if (call.name() != null) {
                function.put("name", call.name());
            }
            function.put("arguments", call.arguments());
        }
        return list;
    }
}
