// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tracing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RequestTracerTest {
    private static final Instant START = Instant.parse("2026-11-30T12:00:00Z");
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";

    private final List<SpanData> spans = new ArrayList<>();
    private final RequestTracer tracer = tracer(1);

    @Test
    void aGenerationHasItsPhasesOneAfterTheOther() {
        tracer.ended(request(Map.of(), 200, Optional.of(generation(Optional.of(ms(30)), Optional.of(ms(90))))));
        SpanData server = named("text_completion smollm2");
        assertEquals(SpanKind.SERVER, server.getKind());
        assertSpan(server, 0, 500);
        assertSpan(named("queue"), 10, 40);
        assertSpan(named("prefill"), 40, 90);
        assertSpan(named("decode"), 90, 500);
        for (String phase : List.of("queue", "prefill", "decode")) {
            assertEquals(server.getSpanId(), named(phase).getParentSpanId());
            assertEquals(server.getTraceId(), named(phase).getTraceId());
            assertEquals(SpanKind.INTERNAL, named(phase).getKind());
        }
        assertEquals("smollm2", text(server, "gen_ai.request.model"));
        assertEquals("smollm2", text(server, "gen_ai.response.model"));
        assertEquals("POST", text(server, "http.request.method"));
        assertEquals("text_completion", text(server, "gen_ai.operation.name"));
        assertEquals("dendra", text(server, "gen_ai.provider.name"));
        assertEquals("/v1/completions", text(server, "http.route"));
        assertEquals("req-1", text(server, "dendra.request.id"));
        assertEquals(7, number(server, "gen_ai.usage.input_tokens"));
        assertEquals(3, number(server, "gen_ai.usage.cache_read.input_tokens"));
        assertEquals(12, number(server, "gen_ai.usage.output_tokens"));
        assertEquals(200, number(server, "http.response.status_code"));
        assertEquals(
                List.of("stop"),
                server.getAttributes().get(AttributeKey.stringArrayKey("gen_ai.response.finish_reasons")));
        assertEquals("dendra", server.getResource().getAttribute(AttributeKey.stringKey("service.name")));
        assertEquals("0.1.0", server.getResource().getAttribute(AttributeKey.stringKey("service.version")));
    }

    @Test
    void aRequestIsPartOfItsCallersTrace() {
        tracer.ended(request(
                Map.of("traceparent", "00-" + TRACE + "-" + PARENT + "-01", "tracestate", "vendor=1"),
                200,
                Optional.empty()));
        SpanData server = named("POST /v1/completions");
        assertEquals(TRACE, server.getTraceId());
        assertEquals(PARENT, server.getParentSpanId());
        assertEquals("1", server.getSpanContext().getTraceState().get("vendor"));
        assertEquals(1, spans.size());
    }

    @Test
    void whatTheCallerDecidedIsKept() {
        tracer.ended(request(Map.of("traceparent", "00-" + TRACE + "-" + PARENT + "-00"), 200, Optional.empty()));
        assertTrue(spans.isEmpty(), "the caller does not record this one");
        try (RequestTracer never = tracer(0)) {
            never.ended(request(Map.of(), 200, Optional.empty()));
            assertTrue(spans.isEmpty(), "none are recorded by themselves");
            never.ended(request(Map.of("traceparent", "00-" + TRACE + "-" + PARENT + "-01"), 200, Optional.empty()));
        }
        assertEquals(1, spans.size());
    }

    @Test
    void aBrokenContextIsNone() {
        tracer.ended(request(Map.of("traceparent", "00-nonsense"), 200, Optional.empty()));
        assertEquals("0000000000000000", spans.getFirst().getParentSpanId());
    }

    @Test
    void whatNeverBeganHasNoPhases() {
        tracer.ended(request(Map.of(), 503, Optional.of(generation(Optional.empty(), Optional.empty()))));
        assertEquals(1, spans.size());
        assertEquals(StatusCode.ERROR, spans.getFirst().getStatus().getStatusCode());
        assertEquals("503", text(spans.getFirst(), "error.type"));
    }

    @Test
    void whatEndedBeforeItsFirstTextHasNoDecode() {
        tracer.ended(request(Map.of(), 200, Optional.of(generation(Optional.of(ms(30)), Optional.empty()))));
        assertSpan(named("prefill"), 40, 500);
        assertFalse(spans.stream().anyMatch(span -> span.getName().equals("decode")));
    }

    @Test
    void whatIsTheClientsFaultIsNoErrorOfTheServers() {
        tracer.ended(request(Map.of(), 499, Optional.empty()));
        assertEquals(StatusCode.UNSET, spans.getFirst().getStatus().getStatusCode());
        assertEquals("null", text(spans.getFirst(), "error.type"));
        tracer.ended(request(Map.of(), 500, Optional.empty()));
        assertEquals(StatusCode.ERROR, spans.getLast().getStatus().getStatusCode());
        assertEquals("500", text(spans.getLast(), "error.type"));
    }

    @Test
    void textOfOneChoiceBeforeAnotherWasTakenUpTurnsNoPhaseBack() {
        tracer.ended(request(Map.of(), 200, Optional.of(generation(Optional.of(ms(100)), Optional.of(ms(90))))));
        assertSpan(named("queue"), 10, 110);
        assertSpan(named("prefill"), 110, 110);
        assertSpan(named("decode"), 110, 500);
    }

    @Test
    void whatTheEngineHadAfterTheEndHasPhasesWithoutLength() {
        tracer.ended(request(Map.of(), 200, Optional.of(generation(ms(501), Optional.of(ms(0)), Optional.empty()))));
        assertSpan(named("queue"), 500, 500);
        assertSpan(named("prefill"), 500, 500);
    }

    @Test
    void noPhaseOutlastsItsRequest() {
        tracer.ended(request(Map.of(), 200, Optional.of(generation(Optional.of(ms(600)), Optional.of(ms(501))))));
        for (SpanData span : spans) {
            assertTrue(span.getStartEpochNanos() <= span.getEndEpochNanos(), span.getName());
            assertTrue(span.getEndEpochNanos() <= nanos(500), span.getName());
        }
    }

    private RequestTracer tracer(double share) {
        return new RequestTracer(SimpleSpanProcessor.create(new Collector()), share, "0.1.0");
    }

    private static TracedRequest request(
            Map<String, String> context, int status, Optional<TracedRequest.Generation> generation) {
        return new TracedRequest(context, "req-1", "POST", "/v1/completions", status, START, ms(500), generation);
    }

    private static TracedRequest.Generation generation(Optional<Duration> queued, Optional<Duration> firstOutput) {
        return generation(ms(10), queued, firstOutput);
    }

    private static TracedRequest.Generation generation(
            Duration submitted, Optional<Duration> queued, Optional<Duration> firstOutput) {
        return new TracedRequest.Generation(
                "text_completion", "smollm2", submitted, queued, firstOutput, 7, 3, 12, List.of("stop"));
    }

    private SpanData named(String name) {
        return spans.stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not among " + spans));
    }

    private static void assertSpan(SpanData span, long fromMillis, long toMillis) {
        assertEquals(nanos(fromMillis), span.getStartEpochNanos(), span.getName());
        assertEquals(nanos(toMillis), span.getEndEpochNanos(), span.getName());
    }

    private static long nanos(long millis) {
        return START.plusMillis(millis).toEpochMilli() * 1_000_000;
    }

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    private static String text(SpanData span, String attribute) {
        return String.valueOf(span.getAttributes().get(AttributeKey.stringKey(attribute)));
    }

    private static long number(SpanData span, String attribute) {
        Long value = span.getAttributes().get(AttributeKey.longKey(attribute));
        return value == null ? -1 : value;
    }

    /** Keeps what it is given. */
    private final class Collector implements SpanExporter {
        @Override
        public CompletableResultCode export(Collection<SpanData> some) {
            spans.addAll(some);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }
}
