// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.chat.AnswerSyntax;
import dev.dendra.chat.CallPattern;
import dev.dendra.chat.ChatPrompt;
import dev.dendra.chat.ChatTurn;
import dev.dendra.chat.ReasoningFormat;
import dev.dendra.chat.ToolCallFormat;
import dev.dendra.chat.ToolChoice;
import dev.dendra.chat.ToolDefinition;
import dev.dendra.engine.EmbeddingService;
import dev.dendra.engine.GenerationService;
import dev.dendra.metrics.ServerMetrics;
import dev.dendra.tokenizer.ByteTokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A server on free ports with a scripted engine, and a client for it. */
final class RunningServer implements AutoCloseable {
    static final String MODEL = "test-model";
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final ObjectMapper MAPPER = new ObjectMapper();

    final ScriptedService engine = new ScriptedService();
    final ServerMetrics metrics = new ServerMetrics();
    final AtomicBoolean ready = new AtomicBoolean(true);

    private final HttpServer server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    RunningServer() {
        this(HttpServerOptions.defaults(), false);
    }

    RunningServer(HttpServerOptions options, boolean addsBeginOfSequence) {
        this(
                options,
                PublicAccess.open(),
                engine -> ServedModels.only(model(MODEL, addsBeginOfSequence, engine, null)));
    }

    RunningServer(HttpServerOptions options, PublicAccess access, boolean addsBeginOfSequence) {
        this(options, access, engine -> ServedModels.only(model(MODEL, addsBeginOfSequence, engine, null)));
    }

    /** Asks for one of the keys in a file. */
    static RunningServer withKeys(Path keys) throws ApiKeyFileException {
        PublicAccess open = PublicAccess.open();
        return new RunningServer(
                HttpServerOptions.defaults(),
                new PublicAccess(
                        Optional.of(ApiKeyFile.open(keys)),
                        open.tls(),
                        open.origins(),
                        open.maximumConnections(),
                        open.accessLog()),
                false);
    }

    /** Serves models that tests have made with {@link #model}; {@link #engine} is what they are made with. */
    RunningServer(HttpServerOptions options, Function<ScriptedService, ServedModels> models) {
        this(options, PublicAccess.open(), models);
    }

    /** Serves models that tests have made with {@link #model}, to those who have access. */
    RunningServer(HttpServerOptions options, PublicAccess access, Function<ScriptedService, ServedModels> models) {
        server = HttpServer.start(
                options.withAddress("127.0.0.1", 0).withAdminAddress("127.0.0.1", 0),
                access,
                models.apply(engine),
                ready::get,
                metrics);
    }

    /** A model whose tokens are bytes, and whose template writes each message on a line of its own. */
    static ServedModel model(
            String id, boolean addsBeginOfSequence, GenerationService engine, @Nullable EmbeddingService embeddings) {
        return new ServedModel(
                id,
                new ByteTokenizer(addsBeginOfSequence),
                turn -> {
                    StringBuilder prompt = new StringBuilder();
                    turn.messages().forEach(message -> {
                        if (message.role().equals("tool")) {
                            throw new IllegalArgumentException("no tools here");
                        }
                        prompt.append(message.role())
                                .append(':')
                                .append(message.content())
                                .append('\n');
                    });
                    return new ChatPrompt(
                            ByteTokenizer.tokens(prompt.append("assistant:").toString()), syntax(turn), forced(turn));
                },
                "{{ messages }}",
                engine,
                embeddings,
                Instant.ofEpochSecond(1_700_000_000));
    }

    /** The public port. */
    int port() {
        return server.port();
    }

    /** The port of metrics and health. */
    int adminPort() {
        return server.adminPort();
    }

    /** What follows the beginning of a call that has to come; here the prompt does not end with that. */
    private static Optional<CallPattern> forced(ChatTurn turn) {
        return turn.choice() instanceof ToolChoice.Required || turn.choice() instanceof ToolChoice.Named
                ? Optional.of(
                        CallPattern.forced(ToolCallFormat.HERMES, turn.tools(), turn.choice(), turn.severalCalls()))
                : Optional.empty();
    }

    /** Hermes calls where tools are on offer, and {@code <think>} where the request has the variable. */
    private static AnswerSyntax syntax(ChatTurn turn) {
        boolean thinks = turn.variables().containsKey("enable_thinking");
        return new AnswerSyntax(
                thinks ? Optional.of(new ReasoningFormat("<think>", "</think>")) : Optional.empty(),
                turn.variables().containsValue(true),
                ToolCallFormat.HERMES,
                turn.choice() instanceof ToolChoice.None
                        ? Set.of()
                        : turn.tools().stream().map(ToolDefinition::name).collect(Collectors.toSet()),
                turn.severalCalls(),
                "",
                Set.of(ByteTokenizer.START));
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }

    HttpResponse<String> get(String path) throws Exception {
        return client.send(request(server.port(), path).GET().build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> getAdmin(String path, String... headers) throws Exception {
        HttpRequest.Builder request = request(server.adminPort(), path).GET();
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Scrapes until {@code sample} is there: requests are counted when their answers have been sent. */
    void awaitSample(String sample) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String scrape = getAdmin("/metrics").body();
        while (!scrape.contains(sample + "\n")) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(sample + " is not in\n" + scrape);
            }
            scrape = getAdmin("/metrics").body();
        }
    }

    HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request =
                request(server.port(), path).method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String body) throws Exception {
        return send("POST", path, body);
    }

    /** Starts a request and returns when its headers have come. */
    HttpResponse<InputStream> open(String path, String body) throws Exception {
        return client.send(
                request(server.port(), path)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    }

    /** Sends a request over a connection of its own and leaves it open. */
    Socket connect(String path, String body) throws IOException {
        return connect(rawRequest(path, body));
    }

    /** Sends {@code bytes} over a connection of its own and leaves it open. */
    Socket connect(String bytes) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    static String rawRequest(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    static BufferedReader reader(HttpResponse<InputStream> response) {
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    static JsonNode json(String text) throws IOException {
        return MAPPER.readTree(text);
    }

    static JsonNode json(HttpResponse<String> response) throws IOException {
        return json(response.body());
    }

    @Override
    public void close() {
        server.close();
        client.shutdownNow();
    }

    private static HttpRequest.Builder request(int port, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(PATIENCE);
    }
}
