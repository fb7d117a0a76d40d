// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/**
 * A call that an assistant made earlier in a conversation.
 *
 * @param id by which the tool's answer names it
 * @param name of the tool
 * @param arguments as templates read them: a map of plain values, or text where the model's words were no JSON object
 */
public record ToolCall(String id, String name, Object arguments) {}
