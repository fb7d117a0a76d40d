// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.tracing.RequestTracer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a collector of OpenTelemetry is sent, as its protocol's own definition reads it. */
class TracingTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    private final BlockingQueue<ExportTraceServiceRequest> received = new LinkedBlockingQueue<>();
    private HttpServer collector;

    @BeforeEach
    void listen() throws IOException {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            try (exchange) {
                boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
                received.add(ExportTraceServiceRequest.parseFrom(
                        zipped ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody()));
                exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
                exchange.sendResponseHeaders(200, -1);
            }
        });
        collector.start();
    }

    @AfterEach
    void stop() {
        collector.stop(0);
    }

    @Test
    void aRequestBecomesSpansWithoutWhatWasWritten() throws Exception {
        RequestTracer tracer = tracer();
        try (RunningServer server = server(tracer)) {
            server.engine.script(generation -> generation.say("secret").finish(FinishReason.LENGTH));
            assertEquals(
                    200,
                    server.send(
                                    "POST",
                                    "/v1/completions",
                                    "{\"prompt\":\"private\"}",
                                    "traceparent",
                                    "00-" + TRACE + "-b7ad6b7169203331-01",
                                    "tracestate",
                                    "vendor=1",
                                    "x-request-id",
                                    "req-7")
                            .statusCode());
        }
        tracer.close();
        List<Span> spans = received();
        assertEquals(
                Set.of("text_completion " + RunningServer.MODEL, "queue", "prefill", "decode"),
                Set.copyOf(spans.stream().map(Span::getName).toList()));
        for (Span span : spans) {
            assertEquals(TRACE, HexFormat.of().formatHex(span.getTraceId().toByteArray()));
            assertEquals("vendor=1", span.getTraceState());
        }
        String text = spans.toString();
        assertTrue(text.contains("req-7") && text.contains("gen_ai.usage.output_tokens"), text);
        assertFalse(text.contains("private") || text.contains("secret"), text);
    }

    @Test
    void eachKindOfRequestIsNamedAndSaysWhatItUsed() throws Exception {
        RequestTracer tracer = tracer();
        ScriptedEmbeddings embeddings = new ScriptedEmbeddings();
        try (RunningServer server = new RunningServer(
                HttpServerOptions.defaults(),
                access(tracer),
                engine -> ServedModels.only(RunningServer.model("m", false, engine, embeddings)))) {
            server.engine.script(generation -> generation.cached(2).say("ab").finish(FinishReason.LENGTH));
            server.post("/v1/completions", "{\"prompt\":\"four\"}");
            server.post("/v1/chat/completions", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}");
            server.post("/v1/embeddings", "{\"input\":\"abc\"}");
            server.get("/v1/models");
        }
        tracer.close();
        List<Span> spans = received();
        List<Span> servers = spans.stream()
                .filter(span -> span.getKind() == Span.SpanKind.SPAN_KIND_SERVER)
                .toList();
        assertEquals(
                Set.of("text_completion m", "chat m", "embeddings m", "GET /v1/models"),
                Set.copyOf(servers.stream().map(Span::getName).toList()));
        Span completion = servers.stream()
                .filter(span -> span.getName().equals("text_completion m"))
                .findFirst()
                .orElseThrow();
        assertEquals(4, value(completion, "gen_ai.usage.input_tokens").getIntValue());
        assertEquals(
                2, value(completion, "gen_ai.usage.cache_read.input_tokens").getIntValue());
        assertEquals(2, value(completion, "gen_ai.usage.output_tokens").getIntValue());
        assertEquals(
                "length",
                value(completion, "gen_ai.response.finish_reasons")
                        .getArrayValue()
                        .getValues(0)
                        .getStringValue());
    }

    /** All spans that came; a slow machine may send them in several batches. */
    private List<Span> received() {
        return received.stream()
                .flatMap(request -> request.getResourceSpansList().stream())
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .toList();
    }

    private static AnyValue value(Span span, String attribute) {
        return span.getAttributesList().stream()
                .filter(each -> each.getKey().equals(attribute))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    @Test
    void anAddressMayEndInASlash() throws Exception {
        RequestTracer tracer = tracer("/");
        try (RunningServer server = server(tracer)) {
            server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
            server.send("POST", "/v1/completions", "{\"prompt\":\"p\"}");
        }
        tracer.close();
        assertFalse(received().isEmpty());
    }

    @Test
    void aCollectorThatIsNotThereHindersNobody() throws Exception {
        collector.stop(0);
        RequestTracer tracer = tracer();
        try (RunningServer server = server(tracer)) {
            server.engine.script(generation -> generation.say("a").finish(FinishReason.LENGTH));
            assertEquals(
                    200,
                    server.send("POST", "/v1/completions", "{\"prompt\":\"p\"}").statusCode());
        }
        tracer.close();
    }

    private RequestTracer tracer() {
        return tracer("");
    }

    private RequestTracer tracer(String path) {
        return RequestTracer.toCollector(
                URI.create("http://127.0.0.1:" + collector.getAddress().getPort() + path), 1, "0.1.0");
    }

    private static RunningServer server(RequestTracer tracer) {
        return new RunningServer(HttpServerOptions.defaults(), access(tracer), false);
    }

    private static PublicAccess access(RequestTracer tracer) {
        PublicAccess open = PublicAccess.open();
        return new PublicAccess(
                open.keys(),
                open.adminKeys(),
                open.tls(),
                open.origins(),
                open.maximumConnections(),
                open.accessLog(),
                Optional.of(tracer));
    }
}
