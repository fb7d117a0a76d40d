// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.convert.sparsify.SmallGguf;
import dev.dendra.model.WordModel;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What signals do to a server under load. */
@Timeout(300)
class ServerProcessTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int LOAD = 24;
    private static final String DONE = "data: [DONE]\n\n";

    @TempDir
    private Path folder;

    @BeforeEach
    void requireSignals() {
        assumeTrue(
                System.getProperty("os.name").startsWith("Linux"),
                "Process.destroy() and destroyForcibly() are SIGTERM and SIGKILL on Linux");
    }

    @Test
    void aTermUnderLoadFinishesEveryAnswerAndNotesIt() throws Exception {
        Path model = folder.resolve("words.dendra");
        WordModel.write(model);
        // One at a time, so that most are still to come when the signal does.
        try (ServerProcess server = ServerProcess.startAnywhere(folder, model, "--max-sequences", "1")) {
            List<CompletableFuture<HttpResponse<String>>> answers = load(server);
            server.terminate();
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                HttpResponse<String> response = answer.get();
                assertEquals(200, response.statusCode(), response.body());
                assertTrue(response.body().endsWith(DONE), response.body());
                assertTrue(response.body().contains("\"finish_reason\":\"length\""), response.body());
            }
            assertEquals(0, server.awaitExit(), server.errors());
            String log = server.errors();
            assertTrue(log.contains("dendra: stopping; ") && log.endsWith("dendra: stopped\n"), log);
            assertEquals(LOAD, server.completionLines().size(), log);
            for (int i = 0; i < LOAD; i++) {
                String id = " id=load-" + i + " ";
                String line = server.completionLines().stream()
                        .filter(each -> each.contains(id))
                        .findFirst()
                        .orElse("");
                assertTrue(line.contains(" status=200 ") && line.endsWith(" finish_reason=length"), id + line);
            }
        }
    }

    @Test
    void whatTheGracePeriodIsTooShortForIsBrokenOffInOrder() throws Exception {
        Path model = folder.resolve("words.dendra");
        WordModel.write(model);
        try (ServerProcess server =
                ServerProcess.startAnywhere(folder, model, "--max-sequences", "1", "--grace", "0")) {
            List<CompletableFuture<HttpResponse<String>>> answers = load(server);
            server.terminate();
            int broken = 0;
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                HttpResponse<String> response = answer.get();
                boolean streamed = response.statusCode() == 200;
                assertEquals(streamed, response.body().endsWith(DONE), response.body());
                if (!response.body().contains("\"finish_reason\":\"length\"")) {
                    broken++;
                    assertTrue(response.body().contains("the server is shutting down"), response.body());
                }
            }
            assertTrue(broken > 0, "nothing was broken off");
            assertEquals(0, server.awaitExit(), server.errors());
            assertTrue(server.errors().endsWith("dendra: stopped; answers were broken off\n"), server.errors());
            assertEquals(LOAD, server.completionLines().size(), server.errors());
        }
    }

    @Test
    void aKilledServerStartsAgainOnItsPortWithItsPackedModel() throws Exception {
        Path model = SmallGguf.write(folder.resolve("small.gguf"));
        String answer;
        String port;
        String adminPort;
        try (ServerProcess server = ServerProcess.startAnywhere(folder, model)) {
            port = Integer.toString(server.port());
            adminPort = Integer.toString(server.adminPort());
            answer = textOf(server.complete("first", body(false)).get());
            load(server);
            server.kill();
        }
        Map<Path, FileTime> packed = packedFiles();
        assertEquals(1, packed.size(), packed.toString());
        try (ServerProcess again = ServerProcess.start(folder, model, "--port", port, "--admin-port", adminPort)) {
            assertEquals(answer, textOf(again.complete("second", body(false)).get()));
            assertEquals(packed, packedFiles(), "the model was packed again");
            again.terminate();
            assertEquals(0, again.awaitExit(), again.errors());
        }
    }

    /** Sends streams and returns when the engine has taken all of them. */
    private static List<CompletableFuture<HttpResponse<String>>> load(ServerProcess server) throws Exception {
        int before = taken(server);
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < LOAD; i++) {
            answers.add(server.complete("load-" + i, body(true)));
        }
        while (taken(server) < before + LOAD) {
            Thread.onSpinWait();
        }
        return answers;
    }

    /** Requests that the engine has had, those in it included. */
    private static int taken(ServerProcess server) throws IOException, InterruptedException {
        JsonNode state = MAPPER.readTree(server.get("/v1/dendra/state").body());
        int count = state.get("requests_running").asInt()
                + state.get("requests_waiting").asInt();
        for (JsonNode finished : state.get("totals").get("requests_finished")) {
            count += finished.asInt();
        }
        return count;
    }

    private static String body(boolean stream) {
        return "{\"prompt\":\"a\",\"temperature\":0,\"ignore_eos\":true,\"max_tokens\":60,\"speculation\":false,"
                + "\"stream\":" + stream + "}";
    }

    private static String textOf(HttpResponse<String> response) throws IOException {
        assertEquals(200, response.statusCode(), response.body());
        return MAPPER.readTree(response.body())
                .get("choices")
                .get(0)
                .get("text")
                .textValue();
    }

    /** The packed models in the cache and when they were written. */
    private Map<Path, FileTime> packedFiles() throws IOException {
        Map<Path, FileTime> files = new TreeMap<>();
        try (Stream<Path> found = Files.walk(folder.resolve("cache"))) {
            for (Path file :
                    found.filter(each -> each.toString().endsWith(".dendra")).toList()) {
                files.put(file, Files.getLastModifiedTime(file));
            }
        }
        return files;
    }
}
