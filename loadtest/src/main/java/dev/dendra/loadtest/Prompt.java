// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a request asks for.
 *
 * @param content a text, or the array of a chat's messages
 * @param maxTokens limit of its output
 */
record Prompt(JsonNode content, int maxTokens) {}
