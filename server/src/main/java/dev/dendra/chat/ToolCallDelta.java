// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import org.jspecify.annotations.Nullable;

/**
 * The next piece of a call of a tool.
 *
 * @param index of the call in its answer, from 0
 * @param id of the call, with its first piece; else null
 * @param name of the tool, with the first piece; else null
 * @param arguments the next part of the arguments' JSON, which may be empty
 */
public record ToolCallDelta(
        int index, @Nullable String id, @Nullable String name, String arguments) {}
