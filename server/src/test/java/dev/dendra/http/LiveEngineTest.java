// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.EngineException;
import dev.dendra.engine.Generation;
import dev.dendra.engine.GenerationRequest;
import dev.dendra.engine.GenerationService;
import dev.dendra.engine.HookedEngine;
import dev.dendra.metrics.ServerMetrics;
import dev.dendra.tokenizer.ByteTokenizer;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets on one side, the real engine on the other: clients that leave and things that break, at every phase. */
@Timeout(120)
class LiveEngineTest {
    private static final String PATH = "/v1/completions";
    /** Of the 101 tokens that the model of the tests knows. */
    private static final String PROMPT = "ABCABC";

    private static final int TOKENS = 40;

    private final HookedEngine hooked = new HookedEngine(64, 64, Duration.ofSeconds(1));
    private final Semaphore steps = new Semaphore(0);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger submitted = new AtomicInteger();
    private final HttpServer server = HttpServer.start(
            HttpServerOptions.defaults()
                    .withAddress("127.0.0.1", 0)
                    .withAdminAddress("127.0.0.1", 0)
                    .withTimes(Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofSeconds(5)),
            ServedModels.only(RunningServer.model(
                    RunningServer.MODEL,
                    false,
                    new CountedService(),
                    hooked.engine().embeddings())),
            () -> hooked.engine().healthy(),
            new ServerMetrics());

    @AfterEach
    void stop() {
        steps.release(1_000_000);
        hooked.close();
        server.close();
    }

    @Test
    void aClientThatLeavesBeforeItsBodyCostsNothing() throws Exception {
        String request = request(PROMPT, true);
        for (int length : new int[] {10, request.indexOf("\r\n\r\n") + 4, request.length() - 1}) {
            connect(request.substring(0, length)).close();
        }
        assertEquals(text(PROMPT), answer(PROMPT));
        assertIdle();
    }

    @Test
    void aClientThatLeavesWhileItWaitsIsNeverComputed() throws Exception {
        stepByPermit();
        List<Socket> running = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            running.add(connect(request(PROMPT, true)));
        }
        await(() -> submitted.get() == 16);
        Socket waiting = connect(request(PROMPT, true));
        await(() -> submitted.get() == 17);
        waiting.close();
        steps.release(1_000_000);
        for (Socket socket : running) {
            assertTrue(stream(socket).endsWith("data: [DONE]\n\n"));
        }
        assertIdle();
    }

    @Test
    void aClientThatLeavesInItsPromptFreesItAtTheNextStep() throws Exception {
        stepByPermit();
        Socket socket = connect(request("A".repeat(400), true));
        steps.release(2);
        await(() -> begun.get() == 3);
        assertTrue(hooked.usedBlocks() > 0);
        socket.close();
        releaseUntilIdle();
        assertTrue(begun.get() < 400 / 32 + TOKENS, "the whole answer was computed");
    }

    @Test
    void aClientThatLeavesInItsAnswerFreesItAtTheNextStep() throws Exception {
        stepByPermit();
        Socket socket = connect(request(PROMPT, true));
        steps.release(5);
        BufferedReader reader = reader(socket);
        String line = reader.readLine();
        while (!line.startsWith("data: {")) {
            line = reader.readLine();
        }
        socket.close();
        releaseUntilIdle();
        assertTrue(begun.get() < TOKENS, "the whole answer was computed");
    }

    @Test
    void aClientThatLeavesBeforeItsVectorsFreesThem() throws Exception {
        stepByPermit();
        Socket socket = connect(RunningServer.rawRequest("/v1/embeddings", "{\"input\":\"" + "A".repeat(400) + "\"}"));
        steps.release(2);
        await(() -> begun.get() == 3);
        assertTrue(hooked.usedBlocks() > 0);
        socket.close();
        releaseUntilIdle();
        assertTrue(begun.get() < 400 / 32, "the whole text was computed");
    }

    @Test
    void outOfMemoryInOneRequestLeavesTheOthersTokensAlone() throws Exception {
        stepByPermit();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            sockets.add(connect(request(prompt(i), true)));
        }
        await(() -> submitted.get() == sockets.size());
        steps.release(6);
        await(() -> begun.get() > 6);
        hooked.failLogits();
        steps.release(1_000_000);
        int broken = 0;
        for (int i = 0; i < sockets.size(); i++) {
            String stream = stream(sockets.get(i));
            assertTrue(stream.endsWith("data: [DONE]\n\n"), stream);
            if (stream.contains("event: error\n") || !stream.contains("data: {\"id\"")) {
                broken++;
                assertFalse(stream.contains("injected"), "internals are for the log");
            } else {
                assertEquals(text(prompt(i)), textOf(stream));
            }
        }
        assertTrue(broken >= 1 && broken <= 5, broken + " requests broke with one batch of logits");
        assertEquals(text(PROMPT), answer(PROMPT));
        assertIdle();
    }

    @Test
    void anEngineThatHangsIsNotReadyAndRecovers() throws Exception {
        CountDownLatch hung = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        hooked.beforeForward(rows -> {
            hung.countDown();
            awaitQuietly(release);
        });
        Socket socket = connect(request(PROMPT, true));
        assertTrue(hung.await(30, TimeUnit.SECONDS));
        await(() -> status("/health") == 503);
        assertTrue(hooked.engine().whereabouts().contains("LiveEngineTest"), hooked.engine()::whereabouts);
        hooked.beforeForward(rows -> {});
        release.countDown();
        assertEquals(text(PROMPT), textOf(stream(socket)));
        await(() -> status("/health") == 200);
    }

    @Test
    void aStopEndsEveryStreamWithDone() throws Exception {
        stepByPermit();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            sockets.add(connect(request(prompt(i), true)));
        }
        await(() -> submitted.get() == sockets.size());
        steps.release(10);
        await(() -> begun.get() > 10);
        assertFalse(hooked.engine().drain(Duration.ofMillis(1)), "answers are under way");
        // Closing waits for the current step, and a step may begin before it.
        Thread closing = Thread.ofVirtual().start(() -> hooked.engine().close());
        while (!closing.join(Duration.ofMillis(50))) {
            steps.release(1);
        }
        for (Socket socket : sockets) {
            String stream = stream(socket);
            assertTrue(stream.contains("event: error\ndata: {\"error\""), stream);
            assertTrue(stream.endsWith("data: [DONE]\n\n"), stream);
        }
    }

    @Test
    void aDrainFinishesEveryStream() throws Exception {
        stepByPermit();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            sockets.add(connect(request(prompt(i), true)));
        }
        await(() -> submitted.get() == sockets.size());
        steps.release(10);
        await(() -> begun.get() > 10);
        steps.release(1_000_000);
        assertTrue(hooked.engine().drain(Duration.ofSeconds(30)));
        for (int i = 0; i < 4; i++) {
            assertEquals(text(prompt(i)), textOf(stream(sockets.get(i))));
        }
    }

    /** The engine, and how many requests have reached it. */
    private final class CountedService implements GenerationService {
        @Override
        public List<Generation> submit(List<GenerationRequest> requests) throws EngineException {
            List<Generation> generations = hooked.engine().submit(requests);
            submitted.addAndGet(requests.size());
            return generations;
        }

        @Override
        public int contextLength() {
            return hooked.engine().contextLength();
        }
    }

    private void stepByPermit() {
        hooked.beforeForward(rows -> {
            begun.incrementAndGet();
            steps.acquireUninterruptibly();
        });
    }

    /** Lets steps go one at a time until nothing is held, as a client's end may be seen some steps late. */
    private void releaseUntilIdle() {
        await(() -> {
            if (hooked.usedBlocks() > 0 && !steps.hasQueuedThreads()) {
                return false;
            }
            if (hooked.usedBlocks() > 0) {
                // The server looks every quarter of a second whether its client is there.
                LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
                steps.release(1);
                return false;
            }
            return true;
        });
    }

    private void assertIdle() {
        await(() -> hooked.usedBlocks() == 0);
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        try {
            while (!condition.holds()) {
                assertTrue(System.nanoTime() < end, "it never came to that");
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String prompt(int i) {
        return "AB" + (char) ('A' + i);
    }

    private static String text(String prompt) {
        StringBuilder text = new StringBuilder();
        for (int token : HookedEngine.greedy(ByteTokenizer.tokens(prompt), TOKENS)) {
            text.append((char) token);
        }
        return text.toString();
    }

    private static String request(String prompt, boolean stream) {
        return RunningServer.rawRequest(
                PATH,
                "{\"prompt\":\"" + prompt + "\",\"temperature\":0,\"ignore_eos\":true,\"max_tokens\":" + TOKENS
                        + ",\"stream\":" + stream + "}");
    }

    private String answer(String prompt) throws IOException {
        return textOf(stream(connect(request(prompt, true))));
    }

    private int status(String path) throws IOException {
        try (Socket socket = connect("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
            return Integer.parseInt(reader(socket).readLine().substring(9, 12));
        }
    }

    private Socket connect(String request) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    /** The whole response: to the end of its chunks, or of its length, without the lines that frame the chunks. */
    private static String stream(Socket socket) throws IOException {
        try (socket) {
            BufferedReader reader = reader(socket);
            StringBuilder head = new StringBuilder();
            int length = -1;
            for (String line = reader.readLine(); line != null && !line.isEmpty(); line = reader.readLine()) {
                head.append(line).append("\r\n");
                if (line.regionMatches(true, 0, "content-length: ", 0, 16)) {
                    length = Integer.parseInt(line.substring(16));
                }
            }
            if (length >= 0) {
                return head + read(reader, length);
            }
            StringBuilder body = new StringBuilder();
            for (int size = chunkSize(reader); size > 0; size = chunkSize(reader)) {
                body.append(read(reader, size));
                reader.readLine();
            }
            return head.append(body).toString();
        }
    }

    private static int chunkSize(BufferedReader reader) throws IOException {
        return Integer.parseInt(reader.readLine(), 16);
    }

    /** The model's tokens, and so all that is sent, are ASCII: characters are bytes. */
    private static String read(BufferedReader reader, int length) throws IOException {
        char[] text = new char[length];
        for (int read = 0; read < length; ) {
            int count = reader.read(text, read, length - read);
            if (count < 0) {
                throw new EOFException("the response breaks off");
            }
            read += count;
        }
        return new String(text);
    }

    private static String textOf(String stream) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line : stream.split("\n", -1)) {
            if (line.startsWith("data: {")) {
                JsonNode choices = RunningServer.json(line.substring(6)).get("choices");
                text.append(choices.get(0).get("text").textValue());
            }
        }
        return text.toString();
    }
}
