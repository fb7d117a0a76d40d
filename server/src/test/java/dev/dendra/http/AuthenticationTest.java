// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static dev.dendra.http.RunningServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.FinishReason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that asks for keys. */
class AuthenticationTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final String BODY = "{\"prompt\":\"a\"}";
    private static final String ALICE = ApiKeys.random();
    private static final String BOB = ApiKeys.random();
    private static final String CAROL = ApiKeys.random();
    private static final String PAGE = "https://chat.example.com";

    /** Every path that the server has or may have; a new route belongs here. */
    private static final List<String> ROUTES = List.of(
            "/page/app.js",
            "/v1/dendra/state",
            "/v1/models",
            "/v1/models/test-model",
            COMPLETIONS,
            "/v1/chat/completions",
            "/v1/embeddings",
            "/v1/responses",
            "/v1/completions/render",
            "/v1/chat/completions/render",
            "/tokenize",
            "/detokenize",
            "/tokenizer_info",
            "/openapi.yaml",
            "/metrics",
            "/health/live",
            "/health/ready",
            "/unknown");

    @TempDir
    private Path folder;

    private RunningServer server;

    @BeforeEach
    void start() throws Exception {
        Path file = folder.resolve("keys");
        Files.writeString(
                file,
                String.join(
                        "\n",
                        "# tenants",
                        "alice:" + ApiKeys.hash(ALICE),
                        "bob:" + ApiKeys.hash(BOB) + ":rpm=2,priority-min=5",
                        "carol:" + ApiKeys.hash(CAROL) + ":concurrency=1"));
        PublicAccess open = PublicAccess.open();
        server = new RunningServer(
                HttpServerOptions.defaults(),
                new PublicAccess(
                        Optional.of(ApiKeyFile.open(file)),
                        open.tls(),
                        Set.of(PAGE),
                        open.maximumConnections(),
                        open.accessLog()),
                false);
        server.engine.script(generation -> generation.say("x").finish(FinishReason.LENGTH));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    static Stream<String> requestsWithoutKey() {
        List<String> requests = new ArrayList<>();
        for (String route : ROUTES) {
            for (String method : List.of("HEAD", "PUT", "DELETE", "OPTIONS")) {
                requests.add(method + " " + route);
            }
            for (String path : spellings(route)) {
                requests.add((route.contains("completions") ? "POST " : "GET ") + path);
            }
        }
        return requests.stream();
    }

    /** Ways to write a path, some of which a router may take for the path itself. */
    private static List<String> spellings(String path) {
        String rest = path.substring(1);
        return List.of(
                path,
                "/" + path,
                "//health" + path,
                path + "/",
                path + "?x=/health",
                path + ";x",
                path + ";/health",
                "/;x" + path,
                "/." + path,
                "/%2e" + path,
                "/health/.." + path,
                "/health/%2e%2e" + path,
                "/health;/.." + path,
                "/health%2f.." + path,
                "/x/../" + rest,
                "/%2f" + rest,
                path.toUpperCase(Locale.ROOT),
                path.replace("v1", "v%31"),
                path.replace("/v1/", "/v1//"),
                path.replace("/v1/", "/v1/%2e/"),
                path.replace("/v1/", "/v1/;x/"),
                path + "%00",
                path + "/..%2f",
                "http://localhost" + path);
    }

    @Test
    void nothingIsAnsweredWithoutAKey() throws Exception {
        for (String request : requestsWithoutKey().toList()) {
            String head = request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                    + BODY.length() + "\r\n\r\n" + BODY;
            try (Socket socket = server.connect(head)) {
                String status = new BufferedReader(
                                new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))
                        .readLine();
                assertTrue(
                        status != null && status.matches("HTTP/1.1 (401|400|404) .*"), () -> request + " -> " + status);
            }
        }
        assertTrue(server.engine.isIdle(), "a handler was reached");
    }

    @Test
    void healthNeedsNoKey() throws Exception {
        assertEquals(200, server.get("/health").statusCode());
        assertEquals(200, server.getAdmin("/health/ready").statusCode(), "the admin socket asks for none");
    }

    @Test
    void whatIsOpenIsOpenToReadAndSpelledOneWay() throws Exception {
        assertEquals(401, server.send("POST", "/health", "{}").statusCode());
        assertEquals(401, server.get("/%68ealth").statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "alice"})
    void refusesWithTheErrorShapeAndTheScheme(String header) throws Exception {
        HttpResponse<String> response =
                header.isEmpty() ? server.post(COMPLETIONS, BODY) : post(COMPLETIONS, "Authorization", header);
        assertEquals(401, response.statusCode());
        assertTrue(
                response.headers().firstValue("www-authenticate").orElseThrow().startsWith("Bearer"));
        assertTrue(response.headers().firstValue("x-request-id").isPresent());
        assertEquals(
                "invalid_request_error", json(response).get("error").get("type").textValue());
        server.awaitSample("dendra_http_requests_total{endpoint=\"other\",status=\"401\"} 1.0");
    }

    @Test
    void twoKeysAreNone() throws Exception {
        assertEquals(
                401,
                post(COMPLETIONS, "Authorization", "Bearer " + ALICE, "Authorization", "Bearer " + BOB)
                        .statusCode());
    }

    @Test
    void theHashIsNoKey() throws Exception {
        assertEquals(
                401,
                post(COMPLETIONS, "Authorization", "Bearer " + ApiKeys.hash(ALICE))
                        .statusCode());
    }

    @Test
    void theKeysNameGoesWithTheRequest() throws Exception {
        assertEquals(200, post(COMPLETIONS, "Authorization", "bearer  " + ALICE).statusCode());
        assertEquals("alice", server.engine.next().request().terms().tenant());
        assertEquals(200, post(COMPLETIONS, "Authorization", "Bearer " + BOB).statusCode());
        assertEquals("bob", server.engine.next().request().terms().tenant());
    }

    @Test
    void aKeyBoundsThePriority() throws Exception {
        post(COMPLETIONS, "Authorization", "Bearer " + BOB);
        assertEquals(5, server.engine.next().request().terms().priority());
    }

    @Test
    void saysWhenAKeysRateIsUsedUp() throws Exception {
        for (int left = 1; left >= 0; left--) {
            HttpResponse<String> response = post(COMPLETIONS, "Authorization", "Bearer " + BOB);
            assertEquals(200, response.statusCode());
            assertEquals("2", header(response, "x-ratelimit-limit-requests"));
            assertEquals(Integer.toString(left), header(response, "x-ratelimit-remaining-requests"));
        }
        HttpResponse<String> response = post(COMPLETIONS, "Authorization", "Bearer " + BOB);
        assertEquals(429, response.statusCode());
        assertEquals(
                "rate_limit_exceeded", json(response).get("error").get("code").textValue());
        long seconds = Long.parseLong(header(response, "retry-after"));
        long millis = Long.parseLong(header(response, "retry-after-ms"));
        assertTrue(seconds >= 1 && seconds <= 30 && millis > 0 && millis <= seconds * 1000, seconds + ", " + millis);
        assertEquals(200, post(COMPLETIONS, "Authorization", "Bearer " + ALICE).statusCode(), "others have their own");
    }

    @Test
    void aKeysRequestsAtOnceAreBounded() throws Exception {
        server.engine.script(generation -> {});
        String request = RunningServer.rawRequest(COMPLETIONS, BODY)
                .replace("\r\nHost", "\r\nAuthorization: Bearer " + CAROL + "\r\nHost");
        try (Socket _ = server.connect(request)) {
            ScriptedGeneration running = server.engine.next();
            HttpResponse<String> response = post(COMPLETIONS, "Authorization", "Bearer " + CAROL);
            assertEquals(429, response.statusCode());
            assertEquals(
                    "concurrency_limit_exceeded",
                    json(response).get("error").get("code").textValue());
            assertEquals("1", header(response, "retry-after"));
            running.finish(FinishReason.LENGTH);
            server.awaitSample("dendra_http_requests_total{endpoint=\"/v1/completions\",status=\"200\"} 1.0");
        }
        server.engine.script(generation -> generation.finish(FinishReason.LENGTH));
        // The place is given back after the request has been counted.
        int status = 429;
        for (long end = System.nanoTime() + RunningServer.PATIENCE.toNanos();
                status == 429 && System.nanoTime() < end; ) {
            status = post(COMPLETIONS, "Authorization", "Bearer " + CAROL).statusCode();
        }
        assertEquals(200, status);
    }

    @Test
    void onlyListedPagesMayUseTheApi() throws Exception {
        HttpResponse<String> preflight =
                server.send("OPTIONS", COMPLETIONS, "", "Origin", PAGE, "Access-Control-Request-Method", "POST");
        assertEquals(204, preflight.statusCode());
        assertEquals(PAGE, header(preflight, "access-control-allow-origin"));
        assertTrue(header(preflight, "access-control-allow-headers").contains("authorization"));
        HttpResponse<String> answer = post(COMPLETIONS, "Authorization", "Bearer " + ALICE, "Origin", PAGE);
        assertEquals(200, answer.statusCode());
        assertEquals(PAGE, header(answer, "access-control-allow-origin"));
        assertEquals("Origin", header(answer, "vary"));
        assertTrue(
                answer.headers().firstValue("access-control-allow-credentials").isEmpty());
        for (String other :
                List.of("https://chat.example.com.evil.org", "null", "http://chat.example.com", PAGE + "/")) {
            HttpResponse<String> refused =
                    server.send("OPTIONS", COMPLETIONS, "", "Origin", other, "Access-Control-Request-Method", "POST");
            assertEquals(401, refused.statusCode());
            assertTrue(
                    refused.headers().firstValue("access-control-allow-origin").isEmpty(), other);
        }
    }

    @Test
    void withoutAListNoPageMayUseTheApi() throws Exception {
        try (RunningServer open = new RunningServer()) {
            HttpResponse<String> response =
                    open.send("OPTIONS", COMPLETIONS, "", "Origin", PAGE, "Access-Control-Request-Method", "POST");
            assertFalse(response.statusCode() < 300);
            assertTrue(
                    response.headers().firstValue("access-control-allow-origin").isEmpty());
        }
    }

    private HttpResponse<String> post(String path, String... headers) throws Exception {
        return server.send("POST", path, BODY, headers);
    }

    private static String header(HttpResponse<String> response, String name) throws IOException {
        return response.headers().firstValue(name).orElseThrow(() -> new IOException(name + " is missing"));
    }
}
