// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * A token of an answer with its log-probabilities.
 *
 * @param token its id
 * @param logprobs null for the first token of a prompt, which nothing predicts
 * @param textOffset where its text starts in the answer, in Unicode code points
 */
record ScoredToken(int token, @Nullable TokenLogprobs logprobs, int textOffset) {}
