// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.List;

/**
 * How likely a token was, under the model's own distribution: natural logarithms of the soft-max of the logits, before
 * penalties, biases and temperature.
 *
 * @param token the token
 * @param logprob its log-probability; -Infinity if the model rules it out
 * @param top the most likely tokens at its place, best first
 */
public record TokenLogprobs(int token, float logprob, List<Candidate> top) {

    /** A token that might have stood at this place. */
    public record Candidate(int token, float logprob) {}
}
