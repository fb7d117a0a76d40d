// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code dendra serve} in a Java process of its own, which signals can end. */
final class ServerProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Pattern READY = Pattern.compile("ready\\s+http://127\\.0\\.0\\.1:([0-9]+), .*:([0-9]+)");

    private final Process process;
    private final Path errors;
    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;
    private final int adminPort;

    private ServerProcess(Process process, Path errors) throws IOException {
        this.process = process;
        this.errors = errors;
        Matcher ready = awaitReady();
        this.port = Integer.parseInt(ready.group(1));
        this.adminPort = Integer.parseInt(ready.group(2));
    }

    /** Starts a server on ports that are free, as {@link #start} does. */
    static ServerProcess startAnywhere(Path folder, Path model, String... options) throws IOException {
        List<String> all = new ArrayList<>(List.of("--port", "0", "--admin-port", "0"));
        all.addAll(List.of(options));
        return start(folder, model, all.toArray(String[]::new));
    }

    /**
     * Starts a server and waits until it is ready.
     *
     * @param folder of its cache and of what it writes to standard error
     */
    static ServerProcess start(Path folder, Path model, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--model",
                model.toString(),
                "--threads",
                "1",
                "--kv-memory",
                "16MiB"));
        command.addAll(List.of(options));
        Path errors = Files.createTempFile(folder, "server", ".log");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().put("DENDRA_CACHE", folder.resolve("cache").toString());
        Process process = builder.start();
        try {
            return new ServerProcess(process, errors);
        } catch (IOException | RuntimeException | Error failure) {
            process.destroyForcibly();
            throw failure;
        }
    }

    private Matcher awaitReady() throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Matcher ready = READY.matcher(line);
            if (ready.find()) {
                return ready;
            }
        }
        throw new AssertionError("the server did not start: " + errors());
    }

    int port() {
        return port;
    }

    int adminPort() {
        return adminPort;
    }

    /** Sends a completion under an id of its own. */
    CompletableFuture<HttpResponse<String>> complete(String id, String body) {
        return client.sendAsync(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/completions"))
                        .timeout(PATIENCE)
                        .header("x-request-id", id)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return get(port, path);
    }

    /** What the admin socket answers. */
    String admin(String path) throws IOException, InterruptedException {
        return get(adminPort, path).body();
    }

    private HttpResponse<String> get(int where, String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + where + path))
                        .timeout(PATIENCE)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** All metrics. */
    String scrape() throws IOException, InterruptedException {
        return client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + "/metrics"))
                                .timeout(PATIENCE)
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL; returns when the process is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitExit();
    }

    /** The exit code. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the server does not end");
        }
        return process.exitValue();
    }

    /** What it has written to standard error. */
    String errors() throws IOException {
        return Files.readString(errors);
    }

    /** Lines of the access log about requests to {@code /v1/completions}. */
    List<String> completionLines() throws IOException {
        return errors().lines()
                .filter(line -> line.contains(" route=/v1/completions "))
                .toList();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        client.shutdownNow();
    }
}
