// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Requests for tests. */
final class Requests {
    private Requests() {}

    static GenerationRequest greedy(int[] prompt, int maximumTokens) {
        return GenerationRequest.plain("greedy", prompt, maximumTokens, SamplingParameters.greedy(), Set.of());
    }

    static RequestTerms terms(String tenant, String salt, int priority) {
        return new RequestTerms(tenant, salt, priority, Optional.empty(), true);
    }

    static GenerationRequest of(int[] prompt, int maximumTokens, RequestTerms terms) {
        return with(greedy(prompt, maximumTokens), terms);
    }

    static GenerationRequest with(GenerationRequest request, RequestTerms terms) {
        return new GenerationRequest(
                request.id(),
                request.promptTokens(),
                request.minimumTokens(),
                request.maximumTokens(),
                request.sampling(),
                request.stopTokens(),
                request.logprobs(),
                request.promptLogprobs(),
                request.constraint(),
                terms);
    }

    static GenerationRequest scored(int[] prompt, int maximumTokens, int alternatives) {
        return new GenerationRequest(
                "scored",
                prompt,
                0,
                maximumTokens,
                SamplingParameters.greedy(),
                Set.of(),
                alternatives,
                true,
                null,
                RequestTerms.ANONYMOUS);
    }

    /** Any sampling parameters, log-probabilities sometimes. */
    static GenerationRequest random(Random random, int[] prompt, int maximumTokens) {
        return new GenerationRequest(
                "random",
                prompt,
                random.nextInt(4),
                maximumTokens,
                parameters(random, PagedHashModel.VOCABULARY),
                Set.of(random.nextInt(PagedHashModel.VOCABULARY)),
                random.nextInt(4) - 1,
                random.nextInt(4) == 0,
                null,
                RequestTerms.ANONYMOUS);
    }

    static SamplingParameters parameters(Random random, int vocabularySize) {
        return new SamplingParameters(
                random.nextInt(4) == 0 ? 0 : 0.1f + 1.9f * random.nextFloat(),
                random.nextBoolean() ? 0 : 1 + random.nextInt(vocabularySize),
                random.nextBoolean() ? 1 : 1 - random.nextFloat(),
                random.nextBoolean() ? 0 : random.nextFloat(),
                random.nextBoolean() ? 1 : 0.5f + random.nextFloat(),
                random.nextBoolean() ? 0 : 4 * random.nextFloat() - 2,
                random.nextBoolean() ? 0 : 4 * random.nextFloat() - 2,
                random.nextBoolean()
                        ? Map.of()
                        : Map.of(random.nextInt(vocabularySize), 200 * random.nextFloat() - 100),
                random.nextLong());
    }
}
