// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.tracing.TracedRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Says of a request what traces show. */
final class TraceReport {
    private TraceReport() {}

    /** A request that is over now. */
    static TracedRequest of(RequestTrace trace) {
        return new TracedRequest(
                trace.context(),
                trace.id(),
                trace.method(),
                trace.route(),
                trace.status(),
                trace.startTime(),
                trace.elapsed(),
                Optional.ofNullable(generation(trace)));
    }

    private static TracedRequest.@Nullable Generation generation(RequestTrace trace) {
        String model = trace.model();
        if (model == null || trace.submitted() == null) {
            return null;
        }
        Usage usage = trace.usage();
        return new TracedRequest.Generation(
                operation(trace.route()),
                model,
                trace.submitted(),
                Optional.ofNullable(trace.queued()),
                Optional.ofNullable(trace.firstOutput()),
                usage == null ? 0 : usage.promptTokens(),
                usage == null ? 0 : usage.cachedTokens(),
                usage == null ? 0 : usage.completionTokens(),
                trace.finishReasons());
    }

    /** OpenTelemetry's word for what a route does. */
    private static String operation(String route) {
        return switch (route) {
            case "/v1/embeddings" -> "embeddings";
            case "/v1/completions" -> "text_completion";
            default -> "chat";
        };
    }
}
