// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Chromium without a window, driven over W3C WebDriver by chromedriver. */
@SuppressWarnings("try") // a test that is interrupted while it closes has failed anyway
final class Browser implements AutoCloseable {
    static final String ENTER = "\uE007";
    static final String ESCAPE = "\uE00C";
    static final String TAB = "\uE004";
    static final String SHIFT = "\uE008";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern PORT = Pattern.compile("started successfully on port (\\d+)");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final Process driver;
    private final String session;

    private Browser(Process driver, String origin, Path profile, Path downloads, Path binary) throws Exception {
        this.driver = driver;
        ObjectNode request = MAPPER.createObjectNode();
        ObjectNode wanted = request.putObject("capabilities").putObject("alwaysMatch");
        wanted.put("browserName", "chrome");
        wanted.putObject("goog:loggingPrefs").put("browser", "INFO");
        ObjectNode options = wanted.putObject("goog:chromeOptions").put("binary", binary.toString());
        options.putObject("prefs").put("download.default_directory", downloads.toString());
        options.putArray("args")
                .add("--headless=new")
                .add("--no-sandbox")
                .add("--disable-gpu")
                .add("--disable-dev-shm-usage")
                .add("--window-size=1200,800")
                .add("--user-data-dir=" + profile);
        String id = call("POST", origin + "/session", request).path("sessionId").textValue();
        this.session = origin + "/session/" + id;
    }

    /**
     * Starts one; the test is skipped where Chromium or chromedriver is missing.
     *
     * @param folder for its files; what it downloads is in {@code downloads} below it
     */
    static Browser start(Path folder) throws Exception {
        Optional<Path> chromium = find("chromium", "chromium-browser", "google-chrome");
        Optional<Path> chromedriver = find("chromedriver");
        if (chromium.isEmpty() || chromedriver.isEmpty()) {
            abort("chromium and chromedriver are not installed");
        }
        Path output = folder.resolve("chromedriver.log");
        Process driver = new ProcessBuilder(chromedriver.orElseThrow().toString(), "--port=0")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            return new Browser(
                    driver,
                    "http://127.0.0.1:" + awaitPort(driver, output),
                    folder.resolve("profile"),
                    folder.resolve("downloads"),
                    chromium.orElseThrow());
        } catch (Exception | Error failure) {
            driver.destroy();
            throw failure;
        }
    }

    void open(String url) throws Exception {
        command("POST", "/url", MAPPER.createObjectNode().put("url", url));
    }

    /** Makes the viewport as small as a telephone's, which windows cannot be. */
    void narrow(int width, int height) throws Exception {
        ObjectNode request = MAPPER.createObjectNode().put("cmd", "Emulation.setDeviceMetricsOverride");
        request.putObject("params")
                .put("width", width)
                .put("height", height)
                .put("deviceScaleFactor", 1)
                .put("mobile", false);
        command("POST", "/goog/cdp/execute", request);
    }

    /** Presses keys one after the other, wherever the focus is. */
    void type(String keys) throws Exception {
        ArrayNode actions = MAPPER.createArrayNode();
        keys.codePoints().mapToObj(Character::toString).forEach(key -> press(actions, key));
        perform(actions);
    }

    /** Presses a key while another is held down. */
    void chord(String held, String key) throws Exception {
        ArrayNode actions = MAPPER.createArrayNode();
        actions.addObject().put("type", "keyDown").put("value", held);
        press(actions, key);
        actions.addObject().put("type", "keyUp").put("value", held);
        perform(actions);
    }

    private static void press(ArrayNode actions, String key) {
        actions.addObject().put("type", "keyDown").put("value", key);
        actions.addObject().put("type", "keyUp").put("value", key);
    }

    private void perform(ArrayNode actions) throws Exception {
        ObjectNode request = MAPPER.createObjectNode();
        request.putArray("actions")
                .addObject()
                .put("type", "key")
                .put("id", "keyboard")
                .set("actions", actions);
        command("POST", "/actions", request);
    }

    /** The value of an expression of JavaScript. */
    JsonNode evaluate(String expression) throws Exception {
        ObjectNode request = MAPPER.createObjectNode().put("script", "return (" + expression + ")");
        request.putArray("args");
        return command("POST", "/execute/sync", request);
    }

    /** Waits until an expression is true. */
    void await(String expression) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!evaluate("Boolean(" + expression + ")").booleanValue()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(expression + " is not true of\n"
                        + evaluate("document.body.innerText").textValue() + "\n" + log());
            }
            Thread.onSpinWait();
        }
    }

    /** Lets pages see {@code prefers-color-scheme} and {@code prefers-reduced-motion} as a user might have them. */
    void prefer(String colorScheme, String motion) throws Exception {
        ObjectNode request = MAPPER.createObjectNode().put("cmd", "Emulation.setEmulatedMedia");
        ArrayNode features = request.putObject("params").putArray("features");
        features.addObject().put("name", "prefers-color-scheme").put("value", colorScheme);
        features.addObject().put("name", "prefers-reduced-motion").put("value", motion);
        command("POST", "/goog/cdp/execute", request);
    }

    /** What was written to the console since the last call, such as errors and violations of the policy. */
    List<String> log() throws Exception {
        JsonNode entries = command("POST", "/se/log", MAPPER.createObjectNode().put("type", "browser"));
        return entries.valueStream().map(JsonNode::toString).toList();
    }

    void screenshot(Path file) throws Exception {
        String image = command("GET", "/screenshot", null).textValue();
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, Base64.getDecoder().decode(image));
    }

    @Override
    public void close() throws Exception {
        try {
            command("DELETE", "", null);
        } finally {
            client.close();
            driver.destroy();
            driver.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private JsonNode command(String method, String path, @Nullable JsonNode body) throws Exception {
        return call(method, session + path, body);
    }

    private JsonNode call(String method, String url, @Nullable JsonNode body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .timeout(PATIENCE)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(method + " " + url + ": " + response.body());
        }
        return MAPPER.readTree(response.body()).path("value");
    }

    private static int awaitPort(Process driver, Path output) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (driver.isAlive() && System.nanoTime() < deadline) {
            Matcher port = PORT.matcher(Files.readString(output, StandardCharsets.UTF_8));
            if (port.find()) {
                return Integer.parseInt(port.group(1));
            }
            Thread.onSpinWait();
        }
        throw new IOException("chromedriver does not start: " + Files.readString(output, StandardCharsets.UTF_8));
    }

    private static Optional<Path> find(String... names) {
        List<Path> folders = Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .map(Path::of)
                .toList();
        return Arrays.stream(names)
                .flatMap(name -> folders.stream().map(folder -> folder.resolve(name)))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
