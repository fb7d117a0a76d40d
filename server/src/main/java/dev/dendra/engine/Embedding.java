// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * The vector of a text.
 *
 * @param vector of Euclidean length 1; not to be changed
 * @param promptTokens tokens of the text
 */
@SuppressWarnings("ArrayRecordComponent") // written once, read once; a list of boxes would take four times the memory
public record Embedding(float[] vector, int promptTokens) {}
