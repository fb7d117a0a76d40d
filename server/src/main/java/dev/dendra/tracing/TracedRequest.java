// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tracing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request that has been answered.
 *
 * @param context header fields that say which trace it belongs to, by their names in lower case: {@code traceparent},
 *     {@code tracestate} (W3C Trace Context); may have others and may be empty
 * @param id of the request
 * @param method of HTTP
 * @param route that it took, such as {@code /v1/completions}
 * @param status of the answer
 * @param start when it was read
 * @param duration from then to the end of its answer
 * @param generation what a model did for it; empty if none did anything
 */
public record TracedRequest(
        Map<String, String> context,
        String id,
        String method,
        String route,
        int status,
        Instant start,
        Duration duration,
        Optional<Generation> generation) {

    /** Copies the context. */
    public TracedRequest {
        context = Map.copyOf(context);
    }

    /**
     * What a model did for a request.
     *
     * @param operation as OpenTelemetry's conventions for generative AI call it: {@code chat}, {@code text_completion} or
     *     {@code embeddings}
     * @param model its name
     * @param submitted from the start of the request until the engine had it
     * @param queued how long it waited there; empty if it was not taken up
     * @param firstOutput from the start of the request until the first text; empty if there was none
     * @param promptTokens of the prompt, those from the cache included
     * @param cachedTokens of these
     * @param outputTokens generated
     * @param finishReasons why the choices ended
     */
    public record Generation(
            String operation,
            String model,
            Duration submitted,
            Optional<Duration> queued,
            Optional<Duration> firstOutput,
            long promptTokens,
            long cachedTokens,
            long outputTokens,
            List<String> finishReasons) {

        /** Copies the reasons. */
        public Generation {
            finishReasons = List.copyOf(finishReasons);
        }
    }
}
