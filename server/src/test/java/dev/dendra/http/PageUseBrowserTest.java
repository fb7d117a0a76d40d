// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.EngineException;
import dev.dendra.engine.GenerationEvent.FinishReason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people do on the page, in a browser; skipped where there is no browser. */
class PageUseBrowserTest {
    private static final String KEY = ApiKeys.random();
    private static final String LAST_TEXT =
            "[...document.querySelectorAll('article.assistant .text')].at(-1)?.innerText";
    private static final String PROBLEM = "document.querySelector('article .problem')?.innerText";
    private static final String IDLE = "document.getElementById('stop').hidden";
    private static final String FOCUSED = "document.activeElement.id || document.activeElement.innerText";

    @TempDir
    private Path folder;

    private Browser browser;
    private RunningServer server;

    @BeforeEach
    void start() throws Exception {
        browser = Browser.start(folder);
        server = new RunningServer();
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void asksForAKeyAndGoesOn() throws Exception {
        requireKeys();
        server.engine.script(generation -> generation.say("Welcome.").finish(FinishReason.STOP));
        browser.open(server.url("/"));
        browser.await("document.activeElement.id === 'key'");
        String note = "document.getElementById('key-note').innerText";
        assertTrue(browser.evaluate(note).textValue().contains("only with an API key"));
        browser.await("document.getElementById('server-status').innerText === 'needs an API key'");

        browser.type("dk-wrong" + Browser.ENTER);
        browser.await(note + ".includes('not with this one')");
        assertEquals(
                "true",
                browser.evaluate("document.getElementById('key').ariaInvalid").textValue());

        browser.evaluate("document.getElementById('key').select()");
        browser.type(KEY + Browser.ENTER);
        browser.await("document.getElementById('model').value === 'test-model'");
        browser.await("document.activeElement.id === 'prompt'");
        browser.await("document.getElementById('server-status').innerText !== 'needs an API key'");
        browser.type("Hello" + Browser.ENTER);
        browser.await(LAST_TEXT + " === 'Welcome.' && " + IDLE);
    }

    /** A key may be withdrawn while somebody talks. What was asked then is not lost. */
    @Test
    void asksAgainForAKeyAndAnswersWhatWasAsked() throws Exception {
        requireKeys();
        server.engine.script(generation -> generation.say("Welcome.").finish(FinishReason.STOP));
        browser.open(server.url("/"));
        browser.await("document.activeElement.id === 'key'");
        browser.evaluate("document.getElementById('prompt').focus()");
        browser.type("Hello" + Browser.ENTER);
        browser.await(PROBLEM + "?.includes('key') && document.activeElement.id === 'key'");
        browser.type(KEY + Browser.ENTER);
        browser.await(LAST_TEXT + " === 'Welcome.' && " + IDLE);
        assertEquals(
                1,
                browser.evaluate("document.querySelectorAll('article.user').length")
                        .intValue());
        assertEquals("prompt", browser.evaluate(FOCUSED).textValue());
    }

    @Test
    void regeneratesTheLastAnswer() throws Exception {
        openPage();
        server.engine.script(generation -> generation.say("First").finish(FinishReason.STOP));
        browser.type("Hello" + Browser.ENTER);
        browser.await(LAST_TEXT + " === 'First' && " + IDLE);
        String prompt = prompt(server.engine.next());
        server.engine.script(generation -> generation.say("Second").finish(FinishReason.STOP));
        click("Regenerate");
        browser.await(LAST_TEXT + " === 'Second' && " + IDLE);
        assertEquals(prompt, prompt(server.engine.next()), "the first answer is not part of the question");
        assertEquals(
                2,
                browser.evaluate("document.querySelectorAll('article').length").intValue());
        assertEquals("prompt", browser.evaluate(FOCUSED).textValue());
    }

    @Test
    void stopsByTheButton() throws Exception {
        openPage();
        browser.type("Hello" + Browser.ENTER);
        ScriptedGeneration generation = server.engine.next();
        generation.say("It goes on");
        browser.await(LAST_TEXT + " === 'It goes on'");
        browser.evaluate("document.getElementById('stop').focus()");
        browser.type(Browser.ENTER);
        assertTrue(generation.awaitCancelled(RunningServer.PATIENCE), "the server was not told");
        browser.await(IDLE);
        assertEquals("It goes on", browser.evaluate(LAST_TEXT).textValue());
        assertTrue(browser.evaluate("document.querySelector('article.assistant .meta').innerText")
                .textValue()
                .contains("finish: stopped"));
        assertEquals("prompt", browser.evaluate(FOCUSED).textValue());
    }

    @Test
    void exportsTheConversation() throws Exception {
        openPage();
        server.engine.script(generation -> generation.say("Grüße, \"Welt\"").finish(FinishReason.STOP));
        browser.evaluate("document.getElementById('system').focus()");
        browser.type("Be brief.");
        browser.evaluate("document.getElementById('prompt').focus()");
        browser.type("Hello" + Browser.ENTER);
        browser.await(LAST_TEXT + "?.endsWith('\"') && " + IDLE);
        click("Export");
        JsonNode file = RunningServer.json(Files.readString(download("conversation.json")));
        assertEquals("dendra.conversation", file.path("format").textValue());
        assertEquals("chat", file.path("mode").textValue());
        assertEquals("Be brief.", file.path("system").textValue());
        assertEquals(512, file.path("sampling").path("max_tokens").intValue());
        assertEquals("Hello", file.path("turns").path(0).path("text").textValue());
        JsonNode answer = file.path("turns").path(1);
        assertEquals("Grüße, \"Welt\"", answer.path("text").textValue());
        assertEquals("test-model", answer.path("model").textValue());
        assertEquals("stop", answer.path("finish").textValue());
        assertEquals(List.of(), browser.log());
    }

    /** From the first link to a second answer and back to the settings, with nothing but keys. */
    @Test
    void isUsedWithoutAMouse() throws Exception {
        openPage();
        browser.evaluate("document.getElementById('model').focus()");
        browser.chord(Browser.SHIFT, Browser.TAB);
        assertEquals("Skip to the message field", browser.evaluate(FOCUSED).textValue());
        browser.type(Browser.ENTER);
        browser.await("document.activeElement.id === 'prompt'");
        browser.type("Two");
        browser.chord(Browser.SHIFT, Browser.ENTER);
        browser.type("lines" + Browser.ENTER);
        ScriptedGeneration first = server.engine.next();
        assertEquals("user:Two\nlines\nassistant:", prompt(first));
        first.say("First").finish(FinishReason.STOP);
        browser.await(LAST_TEXT + " === 'First' && " + IDLE);

        // Back through the answer's buttons, of which the last is the nearest.
        browser.chord(Browser.SHIFT, Browser.TAB);
        assertEquals("Regenerate", browser.evaluate(FOCUSED).textValue());
        browser.type(Browser.ENTER);
        ScriptedGeneration second = server.engine.next();
        second.say("Second");
        browser.await(LAST_TEXT + " === 'Second'");
        // To the copy button of an earlier turn while the answer grows: its end leaves the focus alone.
        browser.chord(Browser.SHIFT, Browser.TAB);
        assertEquals("Copy", browser.evaluate(FOCUSED).textValue());
        second.finish(FinishReason.STOP);
        browser.await(IDLE);
        assertEquals("Copy", browser.evaluate(FOCUSED).textValue());
        browser.evaluate("document.getElementById('prompt').focus()");

        // Whatever can be clicked can be reached, and shows where the focus is.
        int controls = browser.evaluate("[...document.querySelectorAll('a[href], button, select, textarea, input')]"
                        + ".filter(each => each.checkVisibility() && !each.disabled && each.type !== 'radio').length")
                .intValue();
        browser.evaluate("(window.reached = new Set(), window.unmarked = [])");
        for (int i = 0; i < controls + 3; i++) {
            browser.type(Browser.TAB);
            browser.evaluate(
                    "(window.reached.add(document.activeElement),"
                            + "getComputedStyle(document.activeElement).outlineStyle === 'none' && document.activeElement !== document.body"
                            + " && document.activeElement.type !== 'radio' && window.unmarked.push(document.activeElement.id))");
        }
        assertEquals(
                "",
                browser.evaluate("[...document.querySelectorAll('a[href], button, select, textarea, input')]"
                                + ".filter(each => each.checkVisibility() && !each.disabled && each.type !== 'radio'"
                                + " && !window.reached.has(each)).map(each => each.id || each.innerText).join()")
                        .textValue());
        assertEquals("", browser.evaluate("window.unmarked.join()").textValue(), "no mark of the focus");
    }

    /** Contrast of text to what is behind it: 4.5, as WCAG 2.2 asks for (success criterion 1.4.3). */
    @ParameterizedTest
    @ValueSource(strings = {"light", "dark"})
    void canBeRead(String scheme) throws Exception {
        browser.prefer(scheme, "no-preference");
        openPage();
        server.engine.script(generation ->
                generation.say("One `two` **three**\n\n```\nfour\n```").finish(FinishReason.STOP));
        browser.type("Hello" + Browser.ENTER);
        browser.await(LAST_TEXT + "?.includes('four') && " + IDLE);
        server.engine.script(generation -> generation.say("Half").fail("internal error"));
        browser.type("More" + Browser.ENTER);
        browser.await(PROBLEM + "?.length > 0 && " + IDLE);
        JsonNode faint = browser.evaluate("""
                (() => {
                  const channels = color => {
                    const context = new OffscreenCanvas(1, 1).getContext("2d");
                    context.fillStyle = color;
                    context.fillRect(0, 0, 1, 1);
                    return [...context.getImageData(0, 0, 1, 1).data];
                  };
                  const luminance = color => {
                    const [r, g, b] = channels(color).map(value => value / 255)
                      .map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                  };
                  const behind = element => {
                    for (let each = element; each; each = each.parentElement) {
                      const color = getComputedStyle(each).backgroundColor;
                      if (channels(color)[3] === 255) return color;
                    }
                    return "white";
                  };
                  const faint = [];
                  for (const element of document.querySelectorAll("body *")) {
                    const says = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== "");
                    if (!says || !element.checkVisibility() || element.disabled || element.closest(".hidden, svg, noscript")) continue;
                    const [high, low] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
                    const contrast = (high + 0.05) / (low + 0.05);
                    if (contrast < 4.5) faint.push(element.innerText.slice(0, 40) + ": " + contrast.toFixed(2));
                  }
                  return faint;
                })()""");
        assertEquals("[]", faint.toString());
    }

    @Test
    void recoversFromAnErrorInTheMiddleOfAnAnswer() throws Exception {
        openPage();
        browser.type("Hello" + Browser.ENTER);
        server.engine.next().say("Half").fail("the step broke");
        browser.await(PROBLEM + "?.includes('the step broke') && " + IDLE);
        assertEquals("Half", browser.evaluate(LAST_TEXT).textValue());
        click("Regenerate");
        ScriptedGeneration again = server.engine.next();
        assertEquals("user:Hello\nassistant:", prompt(again));
        again.say("Whole").finish(FinishReason.STOP);
        browser.await(LAST_TEXT + " === 'Whole' && " + IDLE);
        assertTrue(
                browser.evaluate("document.querySelector('article .problem')").isNull());
    }

    @Test
    void recoversFromARefusal() throws Exception {
        openPage();
        server.engine.refuse(EngineException.Reason.QUEUE_FULL);
        browser.type("Hello" + Browser.ENTER);
        browser.await(PROBLEM + "?.includes('refused by the test') && " + IDLE);
        assertFalse(browser.evaluate("document.getElementById('send').hidden").booleanValue());
        assertTrue(browser.evaluate(
                        "[...document.querySelectorAll('button')].some(each => each.innerText === 'Regenerate')")
                .booleanValue());
    }

    private void openPage() throws Exception {
        browser.open(server.url("/"));
        browser.await("document.getElementById('model').value === 'test-model'");
    }

    private void requireKeys() throws Exception {
        Path keys = folder.resolve("keys");
        Files.writeString(keys, "alice:" + ApiKeys.hash(KEY) + "\n");
        server.close();
        server = RunningServer.withKeys(keys);
    }

    private void click(String button) throws Exception {
        browser.evaluate("[...document.querySelectorAll('button')].findLast(each => each.innerText === '" + button
                + "').click()");
    }

    private Path download(String name) throws Exception {
        Path file = folder.resolve("downloads").resolve(name);
        long deadline = System.nanoTime() + RunningServer.PATIENCE.toNanos();
        while (!Files.exists(file)) {
            assertTrue(System.nanoTime() < deadline, "nothing was saved");
            Thread.onSpinWait();
        }
        return file;
    }

    private static String prompt(ScriptedGeneration generation) {
        return PageBrowserTest.prompt(generation);
    }
}
