// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/**
 * One message of a conversation.
 *
 * @param role {@code system}, {@code user}, {@code assistant} or what else a template knows
 * @param content its text
 */
public record ChatMessage(String role, String content) {}
