// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes spans of requests that have been answered: one of the server's, with children for queue, prefill and decode. Names
 * are those of OpenTelemetry's conventions for generative AI, which are in development. Nothing that a client wrote is in
 * them, neither prompts nor answers.
 *
 * <p>Spans are sent in batches by a thread of their own; where the collector does not take them they are dropped. Any thread.
 */
public final class RequestTracer implements AutoCloseable {
    private static final String PATH = "/v1/traces";
    private static final Duration LAST_BATCH = Duration.ofSeconds(5);

    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> REQUEST_ID = AttributeKey.stringKey("dendra.request.id");
    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("gen_ai.operation.name");
    private static final AttributeKey<String> PROVIDER = AttributeKey.stringKey("gen_ai.provider.name");
    private static final AttributeKey<String> REQUEST_MODEL = AttributeKey.stringKey("gen_ai.request.model");
    private static final AttributeKey<String> RESPONSE_MODEL = AttributeKey.stringKey("gen_ai.response.model");
    private static final AttributeKey<Long> INPUT_TOKENS = AttributeKey.longKey("gen_ai.usage.input_tokens");
    private static final AttributeKey<Long> CACHED_TOKENS =
            AttributeKey.longKey("gen_ai.usage.cache_read.input_tokens");
    private static final AttributeKey<Long> OUTPUT_TOKENS = AttributeKey.longKey("gen_ai.usage.output_tokens");
    private static final AttributeKey<List<String>> FINISH_REASONS =
            AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");

    private static final String OWN_NAME = "dendra";
    private static final int FIRST_SERVER_ERROR = 500;

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    /**
     * Sends spans to a collector over HTTP, as {@code opentelemetry.io/docs/specs/otlp} has it.
     *
     * @param endpoint its address without a path, such as {@code http://127.0.0.1:4318}
     * @param share of requests that are traced where the caller has not decided, 0 to 1
     * @param version of this program
     */
    public static RequestTracer toCollector(URI endpoint, double share, String version) {
        String base = endpoint.toString();
        OtlpHttpSpanExporter exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + PATH)
                .build();
        return new RequestTracer(BatchSpanProcessor.builder(exporter).build(), share, version);
    }

    /** Hands spans to {@code processor}. */
    RequestTracer(SpanProcessor processor, double share, String version) {
        provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault()
                        .merge(Resource.create(Attributes.of(
                                AttributeKey.stringKey("service.name"),
                                OWN_NAME,
                                AttributeKey.stringKey("service.version"),
                                version))))
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(share)))
                .addSpanProcessor(processor)
                .build();
        tracer = provider.get("dev.dendra");
    }

    /** Makes and hands over the spans of {@code request}. */
    public void ended(TracedRequest request) {
        Context context = W3CTraceContextPropagator.getInstance()
                .extract(Context.root(), request.context(), HeaderGetter.INSTANCE);
        TracedRequest.Generation generation = request.generation().orElse(null);
        String name = generation == null
                ? request.method() + " " + request.route()
                : generation.operation() + " " + generation.model();
        Span span = begin(name, SpanKind.SERVER, context, request.start())
                .setAllAttributes(attributes(request))
                .startSpan();
        if (request.status() >= FIRST_SERVER_ERROR) {
            span.setStatus(StatusCode.ERROR);
        }
        if (generation != null) {
            phases(context.with(span), request, generation);
        }
        span.end(request.start().plus(request.duration()));
    }

    private static Attributes attributes(TracedRequest request) {
        AttributesBuilder attributes = Attributes.builder()
                .put(METHOD, request.method())
                .put(ROUTE, request.route())
                .put(STATUS, (long) request.status())
                .put(REQUEST_ID, request.id());
        if (request.status() >= FIRST_SERVER_ERROR) {
            attributes.put(ERROR, Integer.toString(request.status()));
        }
        request.generation()
                .ifPresent(generation -> attributes
                        .put(OPERATION, generation.operation())
                        .put(PROVIDER, OWN_NAME)
                        .put(REQUEST_MODEL, generation.model())
                        .put(RESPONSE_MODEL, generation.model())
                        .put(INPUT_TOKENS, generation.promptTokens())
                        .put(CACHED_TOKENS, generation.cachedTokens())
                        .put(OUTPUT_TOKENS, generation.outputTokens())
                        .put(FINISH_REASONS, generation.finishReasons()));
        return attributes.build();
    }

    /** Queue, prefill and decode follow each other; a request that failed has those that it came to. */
    private void phases(Context parent, TracedRequest request, TracedRequest.Generation generation) {
        if (generation.queued().isEmpty()) {
            return;
        }
        Instant end = request.start().plus(request.duration());
        Instant submitted = earlier(request.start().plus(generation.submitted()), end);
        Instant taken = earlier(submitted.plus(generation.queued().get()), end);
        Instant first = generation
                .firstOutput()
                .map(after -> earlier(request.start().plus(after), end))
                .orElse(end);
        phase("queue", parent, submitted, taken);
        phase("prefill", parent, taken, first.isBefore(taken) ? taken : first);
        if (generation.firstOutput().isPresent()) {
            phase("decode", parent, first.isBefore(taken) ? taken : first, end);
        }
    }

    private void phase(String name, Context parent, Instant from, Instant to) {
        begin(name, SpanKind.INTERNAL, parent, from).startSpan().end(to);
    }

    private SpanBuilder begin(String name, SpanKind kind, Context parent, Instant start) {
        return tracer.spanBuilder(name).setSpanKind(kind).setParent(parent).setStartTimestamp(start);
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    /** Sends what is left, for five seconds at most. */
    @Override
    public void close() {
        var _ = provider.shutdown().join(LAST_BATCH.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Reads the context that a request came with. */
    private enum HeaderGetter implements TextMapGetter<Map<String, String>> {
        INSTANCE;

        @Override
        public Iterable<String> keys(Map<String, String> carrier) {
            return carrier.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> carrier, String key) {
            return carrier == null ? null : carrier.get(key);
        }
    }
}
