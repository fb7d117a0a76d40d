// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.GenerationEvent.FinishReason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a browser, used from the keyboard; skipped where there is no browser. */
class PageBrowserTest {
    private static final Path SCREENSHOTS = Path.of("target/page");
    private static final String LAST_TEXT =
            "[...document.querySelectorAll('article.assistant .text')].at(-1)?.innerText";
    private static final String IDLE = "document.getElementById('stop').hidden";

    @TempDir
    private Path folder;

    private Browser browser;
    private RunningServer server;

    @BeforeEach
    void open() throws Exception {
        browser = Browser.start(folder);
        server = new RunningServer();
        browser.open(server.url("/"));
        browser.await("document.getElementById('model').value === 'test-model'");
    }

    @AfterEach
    void close() throws Exception {
        if (server != null) {
            server.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void conversesByKeyboardAlone() throws Exception {
        browser.type("Hello" + Browser.ENTER);
        ScriptedGeneration first = server.engine.next();
        assertEquals("user:Hello\nassistant:", prompt(first));
        first.say("One **two** <b>");
        browser.await(LAST_TEXT + "?.includes('One two <b>')");
        browser.await("document.getElementById('live').textContent.includes('tokens')");
        first.say("\n\n```\nthree\n```").finish(FinishReason.STOP);
        browser.await(IDLE);
        assertEquals(
                List.of("STRONG", "PRE", "CODE"),
                browser.evaluate("[...document.querySelectorAll('.assistant .text :is(strong, pre, code, b)')]"
                                + ".map(each => each.tagName)")
                        .valueStream()
                        .map(JsonNode::textValue)
                        .toList());
        String meta = browser.evaluate("document.querySelector('article.assistant .meta').innerText")
                .textValue();
        assertTrue(meta.contains("tokens/s") && meta.contains("first token") && meta.contains("finish: stop"), meta);

        browser.type("More" + Browser.ENTER);
        ScriptedGeneration second = server.engine.next();
        assertTrue(prompt(second).endsWith("user:More\nassistant:"), prompt(second));
        assertTrue(prompt(second).contains("assistant:One **two** <b>"), prompt(second));
        second.say("It goes on");
        browser.await(LAST_TEXT + " === 'It goes on'");
        browser.type(Browser.ESCAPE);
        assertTrue(second.awaitCancelled(RunningServer.PATIENCE), "the server was not told");
        browser.await(IDLE);
        assertEquals("It goes on", browser.evaluate(LAST_TEXT).textValue());

        browser.evaluate("location.reload()");
        browser.await(LAST_TEXT + " === 'It goes on'");
        assertEquals(List.of(), browser.log());
    }

    @Test
    void showsFailures() throws Exception {
        browser.type("Hello" + Browser.ENTER);
        server.engine.next().say("Half").fail("internal error");
        browser.await(IDLE + " && document.querySelector('.problem')?.innerText.length > 0");
        assertEquals("Half", browser.evaluate(LAST_TEXT).textValue());
    }

    @Test
    void looksAsTheUserPrefersAndFitsNarrowWindows() throws Exception {
        server.metrics.model(RunningServer.MODEL).gauges(() -> 1, () -> 0, () -> 0.5);
        browser.await("document.getElementById('kv').textContent.startsWith('50')");
        server.engine.script(generation -> generation.say("Light and dark.").finish(FinishReason.STOP));
        browser.type("Hello" + Browser.ENTER);
        browser.await(LAST_TEXT + " === 'Light and dark.' && " + IDLE);
        String background = "getComputedStyle(document.body).backgroundColor";
        browser.prefer("light", "no-preference");
        String light = browser.evaluate(background).textValue();
        browser.screenshot(SCREENSHOTS.resolve("light.png"));
        browser.prefer("dark", "reduce");
        assertNotEquals(light, browser.evaluate(background).textValue());
        browser.screenshot(SCREENSHOTS.resolve("dark.png"));
        browser.narrow(320, 640);
        browser.await("innerWidth === 320");
        assertTrue(
                browser.evaluate("document.documentElement.scrollWidth <= 320").booleanValue());
        browser.screenshot(SCREENSHOTS.resolve("narrow.png"));
        assertEquals(List.of(), browser.log());
    }

    /** The ranges of the controls are those of the API. */
    @Test
    void controlsOfferWhatTheServerTakes() throws Exception {
        server.engine.script(generation -> generation.finish(FinishReason.STOP));
        JsonNode controls = browser.evaluate("[...document.querySelectorAll('#sampling input')]"
                + ".map(each => ({name: each.name, min: each.min, max: each.max}))");
        assertEquals(7, controls.size());
        for (JsonNode control : controls) {
            String name = control.path("name").textValue();
            for (String bound : List.of("min", "max")) {
                String body = "{\"prompt\":\"a\",\"%s\":%s}"
                        .formatted(name, control.path(bound).textValue());
                assertEquals(200, server.post("/v1/completions", body).statusCode(), body);
            }
        }
    }

    static String prompt(ScriptedGeneration generation) {
        int[] tokens = generation.request().promptTokens();
        byte[] bytes = new byte[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            bytes[i] = (byte) tokens[i];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
