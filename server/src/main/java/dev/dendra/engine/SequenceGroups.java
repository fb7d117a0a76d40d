// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes sequences of requests that arrive together. On the thread that submits them: prompts are hashed here. */
final class SequenceGroups {
    private SequenceGroups() {}

    /** One sequence for each request; those that can share the computation of their prompts are grouped. */
    static List<Sequence> of(List<GenerationRequest> requests, int contextLength, long nowNanos) {
        List<Sequence> sequences = new ArrayList<>(requests.size());
        for (GenerationRequest request : requests) {
            Sequence twin = twin(request, sequences);
            sequences.add(
                    twin == null
                            ? new Sequence(
                                    request, contextLength, nowNanos, PrefixDigests.of(request), new PromptGroup())
                            : new Sequence(
                                    request,
                                    contextLength,
                                    nowNanos,
                                    twin.digests().fork(),
                                    twin.group()));
        }
        return sequences;
    }

    private static @Nullable Sequence twin(GenerationRequest request, List<Sequence> sequences) {
        for (Sequence sequence : sequences) {
            if (haveSamePrompt(request, sequence.request())) {
                return sequence;
            }
        }
        return null;
    }

    private static boolean haveSamePrompt(GenerationRequest one, GenerationRequest other) {
        return one.promptLogprobs() == other.promptLogprobs()
                && (!one.promptLogprobs() || one.logprobs() == other.logprobs())
                && one.terms().tenant().equals(other.terms().tenant())
                && one.terms().cacheSalt().equals(other.terms().cacheSalt())
                && Arrays.equals(one.promptTokens(), other.promptTokens());
    }
}
