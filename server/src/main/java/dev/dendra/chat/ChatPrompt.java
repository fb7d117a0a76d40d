// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

/**
 * What the model is given for a turn, and how its answer is to be read.
 *
 * @param tokens of the prompt, begin-of-sequence included where the model wants it
 * @param syntax of the answer
 */
@SuppressWarnings("ArrayRecordComponent") // goes straight to the engine, which copies it
public record ChatPrompt(int[] tokens, AnswerSyntax syntax) {}
