// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.model.WordModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dendra eval} on a small model, and what it refuses. */
class EvalCommandTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    static Path folder;

    private static Path model = Path.of("");
    private static Path text = Path.of("");

    private final CapturedConsole user = new CapturedConsole("", folder);

    @BeforeAll
    static void write() throws IOException {
        model = folder.resolve("words.dendra");
        WordModel.write(model);
        text = Files.writeString(folder.resolve("text.txt"), "Whatever is said of it is said in ASCII. ".repeat(10));
    }

    private int eval(String... arguments) {
        List<String> all = new ArrayList<>(List.of("eval", model.toString(), "--threads", "2", "--context", "32"));
        all.addAll(List.of(arguments));
        return user.run(all.toArray(String[]::new));
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content, StandardCharsets.UTF_8);
    }

    private void assertRefused(String message) {
        assertEquals("dendra: " + message, user.err().strip());
        assertEquals("", user.out());
    }

    @Test
    void aTextIsScoredInWindows() throws IOException {
        assertEquals(0, eval("--text", text.toString(), "--json"), user::err);
        JsonNode report = MAPPER.readTree(user.out());
        assertEquals("words", report.get("model").get("name").textValue());
        assertEquals(32, report.get("context").intValue());
        // 410 bytes, a token each: 12 windows of 32 and one of 26, the first token of each not scored.
        JsonNode overall = report.get("overall");
        assertEquals(13, overall.get("windows").intValue());
        assertEquals(410 - 13, overall.get("tokens").intValue());
        assertTrue(overall.get("perplexity").get("value").doubleValue() > 1);
        assertTrue(overall.get("perplexity").get("standard_error").doubleValue() > 0);
        assertFalse(report.has("choices"));
        assertTrue(user.err().contains("Evaluating: 100 %"), user.err());
    }

    @Test
    void aModelBesideItselfDiffersInNothing() throws IOException {
        String choices = file(
                        "items.jsonl", "{\"question\": \"Is it?\", \"choices\": [\"Yes\", \"No\"], \"answer\": 0}\n")
                .toString();
        String[] arguments = {
            "--text", text.toString(), "--text", text.toString(), "--choices", choices, "--baseline", model.toString()
        };
        assertEquals(0, eval(arguments), user::err);
        assertTrue(user.out().contains("| overall"), user.out());
        assertTrue(user.out().contains("| baseline"), user.out());

        CapturedConsole other = new CapturedConsole("", folder);
        List<String> all =
                new ArrayList<>(List.of("eval", model.toString(), "--json", "--context", "64", "--tokens", "40"));
        all.addAll(List.of(arguments));
        assertEquals(0, other.run(all.toArray(String[]::new)), other::err);
        JsonNode report = MAPPER.readTree(other.out());
        JsonNode overall = report.get("overall");
        assertEquals(78, overall.get("tokens").intValue());
        assertEquals(1, overall.get("perplexity_ratio").get("value").doubleValue());
        assertEquals(0, overall.get("kl_divergence").get("value").doubleValue());
        assertEquals(1, overall.get("top1_agreement").get("value").doubleValue());
        assertEquals(overall.get("perplexity"), overall.get("baseline").get("perplexity"));
        assertEquals(report.get("choices").get("model"), report.get("choices").get("baseline"));
        // A text of one window tells no standard error, and JSON no number that is none.
        assertFalse(overall.get("perplexity").has("standard_error"), other.out());
    }

    @Test
    void roundedActivationsAreSomethingElse() throws IOException {
        String[] precisions = {"--activations", "i8", "--baseline-activations", "f32"};
        List<String> all = new ArrayList<>(List.of(precisions));
        all.addAll(List.of("--text", text.toString(), "--baseline", model.toString(), "--json"));
        assertEquals(0, eval(all.toArray(String[]::new)), user::err);
        JsonNode report = MAPPER.readTree(user.out());
        assertEquals("i8", report.get("model").get("activations").textValue());
        assertEquals("f32", report.get("baseline").get("activations").textValue());
        assertTrue(report.get("overall").get("kl_divergence").get("value").doubleValue() > 0, user.out());
    }

    @Test
    void choicesAloneNeedNoText() throws IOException {
        assertEquals(0, eval("--choices", "general", "--json"), user::err);
        JsonNode report = MAPPER.readTree(user.out());
        assertTrue(report.get("choices").get("items").intValue() >= 60);
        assertFalse(report.has("overall"));
    }

    @Test
    void textsThatCannotBeUsedAreNamed() throws IOException {
        assertEquals(1, eval("--text", "no-such-text"));
        assertRefused("text 'no-such-text' is neither a file nor what comes with Dendra (literature, code, prose)");
    }

    @Test
    void aTextTooShortIsNamed() throws IOException {
        Path letter = file("short.txt", "a");
        assertEquals(1, eval("--text", letter.toString()));
        assertRefused(letter + " is too short: 2 tokens are needed to score one, and there are 1");
    }

    @Test
    void anEmptyTextIsNamed() throws IOException {
        Path empty = file("empty.txt", "");
        assertEquals(1, eval("--text", empty.toString()));
        assertRefused(empty + " is empty");
    }

    @Test
    void aMalformedItemIsNamedByItsLine() throws IOException {
        Path items = file("bad.jsonl", "\n{\"context\": \"a\"}\n");
        assertEquals(1, eval("--choices", items.toString()));
        assertRefused(items + ":2: 'choices' must be a list of two or more strings");
    }

    @Test
    void whatTheContextCannotHoldIsRefused() throws IOException {
        assertEquals(1, user.run("eval", model.toString(), "--context", "129", "--text", text.toString()));
        assertRefused("--context 129 is more than the 128 tokens that words was made for");

        CapturedConsole other = new CapturedConsole("", folder);
        Path items = file(
                "long.jsonl", "{\"context\": \"" + "a".repeat(200) + "\", \"choices\": [\"b\", \"c\"], \"answer\": 0}");
        assertEquals(1, other.run("eval", model.toString(), "--choices", items.toString()));
        assertTrue(other.err().contains("long.jsonl:1 takes 202 tokens"), other.err());
    }

    @Test
    void activationsOfNoBaselineAreWrongUsage() {
        assertEquals(2, eval("--baseline-activations", "f32"));
        assertTrue(user.err().startsWith("--baseline-activations needs --baseline"), user.err());
    }
}
