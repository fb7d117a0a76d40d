// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.TestModel;
import dev.dendra.http.HttpServerOptions;
import dev.dendra.http.PublicAccess;
import dev.dendra.kernels.KvType;
import dev.dendra.metrics.ServerMetrics;
import dev.dendra.model.Activations;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.WeightPlacement;
import dev.dendra.model.WordModel;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a model file to English, over HTTP and on the terminal. */
class RealModelTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String CAPITAL = "The capital of France is";

    @TempDir
    static Path cache;

    private static Path model = Path.of("");

    @BeforeAll
    static void findModel() {
        model = TestModel.require();
    }

    @Test
    void serverAnswersStreamsAndStops() throws Exception {
        ComputeChoice compute = new ComputeChoice(2, 512, Activations::defaultOf, WeightPlacement.AUTO, KvType.F32);
        HttpServerOptions anyPort =
                HttpServerOptions.defaults().withAddress("127.0.0.1", 0).withAdminAddress("127.0.0.1", 0);
        CapturedConsole user = new CapturedConsole("", cache);
        try (OpenedModel opened = new ModelOpener(user.console())
                        .open(new ModelLocator.Location("real", model), Optional.of(cache));
                HttpClient client = HttpClient.newHttpClient()) {
            InferenceServer server = InferenceServer.open(
                    List.of(new NamedModel("real", opened)), anyPort, PublicAccess.open(), new ServerMetrics());
            String api = "http://127.0.0.1:" + server.port();
            String admin = "http://127.0.0.1:" + server.adminPort();
            assertEquals(200, get(client, admin + "/health/live").statusCode());
            assertEquals(503, get(client, admin + "/health/ready").statusCode());
            assertEquals(503, complete(client, api, false).statusCode());

            server.load(
                    KernelChoice.BEST,
                    compute,
                    config -> KvCacheOptions.automatic(KvType.F32, 2),
                    new EngineLimits(4, 2, 0, Duration.ofMinutes(1)));

            assertEquals(200, get(client, admin + "/health/ready").statusCode());
            HttpResponse<String> whole = complete(client, api, false);
            assertEquals(200, whole.statusCode(), whole.body());
            String text = text(MAPPER.readTree(whole.body()));
            assertTrue(text.startsWith(" Paris"), text);
            HttpResponse<String> streamed = complete(client, api, true);
            assertEquals(text, join(streamed.body()));
            String metrics = get(client, admin + "/metrics").body();
            for (String name : List.of("dendra_kernel_info", "dendra_cpu_info", "dendra_model_info")) {
                assertTrue(metrics.contains(name + "{"), name);
            }

            assertTrue(server.stop(Duration.ofSeconds(30)), "nothing was broken off");
        }
    }

    @Test
    void twoModelsAnswerAtTheSameTimeAsEachWouldAlone() throws Exception {
        ComputeChoice compute = new ComputeChoice(2, 256, Activations::defaultOf, WeightPlacement.MAPPED, KvType.F32);
        HttpServerOptions anyPort =
                HttpServerOptions.defaults().withAddress("127.0.0.1", 0).withAdminAddress("127.0.0.1", 0);
        ModelOpener opener = new ModelOpener(new CapturedConsole("", cache).console());
        ModelLocator.Location location = new ModelLocator.Location("real", model);
        try (OpenedModel first = opener.open(location, Optional.of(cache));
                OpenedModel second = opener.open(location, Optional.of(cache));
                HttpClient client = HttpClient.newHttpClient()) {
            InferenceServer server = InferenceServer.open(
                    List.of(new NamedModel("a", first), new NamedModel("b", second)),
                    anyPort,
                    PublicAccess.open(),
                    new ServerMetrics());
            server.load(
                    KernelChoice.BEST,
                    compute,
                    config -> KvCacheOptions.automatic(KvType.F32, 2),
                    new EngineLimits(4, 2, 0, Duration.ofMinutes(1)));
            String api = "http://127.0.0.1:" + server.port();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (String name : List.of("a", "b", "a", "b")) {
                String body = MAPPER.createObjectNode()
                        .put("model", name)
                        .put("prompt", CAPITAL)
                        .put("max_tokens", 8)
                        .put("temperature", 0)
                        .toString();
                answers.add(client.sendAsync(
                        HttpRequest.newBuilder(URI.create(api + "/v1/completions"))
                                .timeout(PATIENCE)
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString()));
            }
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                assertEquals(
                        text(MAPPER.readTree(answers.getFirst().join().body())),
                        text(MAPPER.readTree(answer.join().body())));
            }
            String metrics = get(client, "http://127.0.0.1:" + server.adminPort() + "/metrics")
                    .body();
            for (String name : List.of("a", "b")) {
                assertTrue(metrics.contains(
                        "dendra_requests_finished_total{model=\"" + name + "\",reason=\"length\"} 2.0"));
            }
            assertTrue(server.stop(Duration.ofSeconds(30)), "nothing was broken off");
        }
    }

    @Test
    void completePrintsTheTextAloneOnStandardOutput() {
        CapturedConsole user = new CapturedConsole("", cache);
        assertEquals(
                0, user.run("complete", CAPITAL, "--model", model.toString(), "-n", "4", "--threads", "2"), user::err);
        assertTrue(user.out().startsWith(" Paris"), user.out());
        assertTrue(user.err().contains("tokens/s"), user.err());
    }

    @Test
    void chatRemembersUntilItIsCleared() {
        CapturedConsole user = new CapturedConsole("My name is Ada.\n\n/clear\nSay hello.\n/exit\n", cache);
        assertEquals(
                0,
                user.run(
                        "chat",
                        "--model",
                        model.toString(),
                        "--system",
                        "Be brief.",
                        "-n",
                        "5",
                        "--temperature",
                        "0",
                        "--context",
                        "512"),
                user::err);
        List<String> prompts =
                user.err().lines().filter(line -> line.contains("prompt: ")).toList();
        assertEquals(2, prompts.size(), user.err());
        assertTrue(promptTokens(prompts.get(1)) <= promptTokens(prompts.get(0)), "cleared: " + prompts);
        assertFalse(user.out().isBlank());
    }

    @Test
    void inspectVerifiesWhatWasPacked() {
        CapturedConsole user = new CapturedConsole("", cache);
        assertEquals(0, user.run("inspect", model.toString(), "--verify"), user::err);
        assertTrue(user.out().contains("blk.0.attn_q.weight"), user.out());
        assertTrue(user.out().contains("Verified"), user.out());
    }

    @Test
    void aContextLongerThanTheModelsIsRefused() {
        CapturedConsole user = new CapturedConsole("", cache);
        assertEquals(1, user.run("complete", CAPITAL, "--model", model.toString(), "--context", "100000000"));
        assertTrue(user.err().contains("--context 100000000"), user.err());
    }

    @Test
    void benchTimesEveryBatchAtEveryDepthInACacheOfThatSize() throws Exception {
        CapturedConsole user = new CapturedConsole("", cache);
        String options = "-p 8 -n 4 --batch 1,2 --depth 40,0 --repetitions 1 --threads 2 --json";
        assertEquals(0, user.run(("bench " + options + " --model " + model).split(" ", -1)), user::err);
        JsonNode report = MAPPER.readTree(user.out());
        List<String> tests = new ArrayList<>();
        for (JsonNode result : report.get("runs").get(0).get("results")) {
            tests.add(
                    result.get("test").textValue() + " x" + result.get("batch").intValue());
            assertTrue(result.get("tokens_per_second").doubleValue() > 0, result.toString());
        }
        assertEquals(List.of("pp8 x1", "tg4 x1", "pp8 @ d40 x1", "tg4 @ d40 x1", "tg4 x2", "tg4 @ d40 x2"), tests);
        // Two sequences of 44 tokens, each in two blocks of 32.
        assertEquals(
                4 * 32 * report.get("kv_bytes_per_token").longValue(),
                report.get("kv_bytes").longValue());
        assertTrue(report.get("packed_bytes").longValue() > 0);
    }

    @Test
    void aDepthBeyondTheContextIsRefused() {
        CapturedConsole user = new CapturedConsole("", cache);
        assertEquals(1, user.run("bench", "--model", model.toString(), "--depth", "2147483647"));
        assertTrue(user.err().contains("the context has only"), user.err());
    }

    @Test
    void evalKnowsEnglishFromNoise() throws Exception {
        CapturedConsole user = new CapturedConsole("", cache);
        String options = "--text prose --choices general --tokens 600 --threads 2 --json";
        assertEquals(0, user.run(("eval " + model + " " + options).split(" ", -1)), user::err);
        JsonNode report = MAPPER.readTree(user.out());
        double perplexity = report.get("overall").get("perplexity").get("value").doubleValue();
        assertTrue(perplexity > 5 && perplexity < 500, user.out());
        JsonNode choices = report.get("choices");
        double accuracy = choices.get("model").get("accuracy").get("value").doubleValue();
        assertTrue(accuracy > 2 * choices.get("chance").doubleValue(), user.out());
    }

    @Test
    void aBaselineWithAnotherVocabularyIsRefused(@TempDir Path folder) throws Exception {
        Path words = folder.resolve("words.dendra");
        WordModel.write(words);
        CapturedConsole user = new CapturedConsole("", cache);
        Path text = Files.writeString(folder.resolve("text.txt"), "some words");
        assertEquals(1, user.run("eval", model.toString(), "--text", text.toString(), "--baseline", words.toString()));
        assertTrue(user.err().contains("the vocabularies differ: "), user.err());
        assertTrue(user.err().contains(" has 49152 tokens, words has 257"), user.err());
    }

    private static int promptTokens(String speeds) {
        String number = speeds.replaceFirst(".*prompt: (\\d+) tokens.*", "$1");
        return Integer.parseInt(number);
    }

    private static HttpResponse<String> complete(HttpClient client, String api, boolean stream) throws Exception {
        String body = MAPPER.createObjectNode()
                .put("prompt", CAPITAL)
                .put("max_tokens", 8)
                .put("temperature", 0)
                .put("stream", stream)
                .toString();
        return client.send(
                HttpRequest.newBuilder(URI.create(api + "/v1/completions"))
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(HttpClient client, String address) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(address)).timeout(PATIENCE).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String text(JsonNode answer) {
        return answer.get("choices").get(0).get("text").textValue();
    }

    private static String join(String stream) throws Exception {
        assertTrue(stream.endsWith("data: [DONE]\n\n"), stream);
        StringBuilder text = new StringBuilder();
        for (String line : stream.lines().toList()) {
            if (line.startsWith("data: {")) {
                text.append(text(MAPPER.readTree(line.substring("data: ".length()))));
            }
        }
        return text.toString();
    }
}
