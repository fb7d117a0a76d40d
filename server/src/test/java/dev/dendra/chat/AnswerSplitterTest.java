// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AnswerSplitterTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ReasoningFormat THINK = new ReasoningFormat("<think>", "</think>");

    /** An answer in one line: reasoning, content and calls, ids left out. */
    private record Answer(String reasoning, String content, List<String> calls) {}

    private static AnswerSyntax syntax(ToolCallFormat format) {
        return syntax(format, false, true, "");
    }

    private static AnswerSyntax syntax(ToolCallFormat format, boolean thinks, boolean several, String begun) {
        return new AnswerSyntax(
                Optional.of(THINK), thinks, format, Set.of("weather", "clock"), several, begun, Set.of());
    }

    private static Answer read(AnswerSyntax syntax, List<String> chunks) {
        AnswerSplitter splitter = syntax.splitter();
        List<AnswerPiece> pieces = new ArrayList<>();
        chunks.forEach(chunk -> pieces.add(splitter.append(chunk)));
        pieces.add(splitter.finish());
        StringBuilder content = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        ToolCallCollector calls = new ToolCallCollector();
        int last = -1;
        for (AnswerPiece piece : pieces) {
            content.append(piece.content());
            reasoning.append(piece.reasoning());
            for (ToolCallDelta delta : piece.calls()) {
                assertTrue(delta.index() == last || delta.index() == last + 1, "indexes go up one by one");
                assertEquals(delta.index() == last, delta.name() == null, "the first piece has the name");
                assertEquals(delta.index() == last, delta.id() == null, "the first piece has the id");
                last = delta.index();
                calls.add(delta);
            }
        }
        assertEquals(last >= 0, splitter.hasCalled());
        return new Answer(
                reasoning.toString(),
                content.toString(),
                calls.calls().stream()
                        .map(call -> call.name() + call.arguments())
                        .toList());
    }

    private static void check(String reasoning, String content, List<String> calls, AnswerSyntax syntax, String text) {
        assertEquals(new Answer(reasoning, content, calls), read(syntax, List.of(text)), text);
        assertEquals(
                new Answer(reasoning, content, calls),
                read(syntax, text.chars().mapToObj(Character::toString).toList()),
                text);
    }

    @Test
    void readsCallsInEachFormat() {
        List<String> one = List.of("weather{\"place\": \"Oslo\"}");
        List<String> two = List.of("weather{\"place\": \"Oslo\"}", "clock{}");
        AnswerSyntax hermes = syntax(ToolCallFormat.HERMES);
        check("", "", one, hermes, """
                <tool_call>
                {"name": "weather", "arguments": {"place": "Oslo"}}
                </tool_call>
                """);
        check("", "I look.", two, hermes, """
                I look.
                <tool_call>
                {"name": "weather", "arguments": {"place": "Oslo"}}
                </tool_call>
                <tool_call>
                {"name": "clock", "arguments": {}}
                </tool_call>""");
        check("", "", two, hermes, """
                <tool_call>[{"name": "weather", "arguments": {"place": "Oslo"}}, {"name": "clock"}]</tool_call>""");
        AnswerSyntax llama = syntax(ToolCallFormat.LLAMA3);
        check("", "", one, llama, """
                {"name": "weather", "parameters": {"place": "Oslo"}}""");
        check("", "", two, llama, """
                <|python_tag|>{"type": "function", "name": "weather", "parameters": {"place": "Oslo"}}; \
                {"name": "clock", "parameters": {}}""");
        AnswerSyntax mistral = syntax(ToolCallFormat.MISTRAL);
        check("", "", two, mistral, """
                [TOOL_CALLS] [{"name": "weather", "arguments": {"place": "Oslo"}, "id": "abcdef123"}, \
                {"name": "clock", "arguments": null}]""");
        check("", "", one, syntax(ToolCallFormat.JSON), """
                 {"name": "weather", "arguments": {"place": "Oslo"}}""");
        check("", "", one, syntax(ToolCallFormat.JSON), """
                {"arguments": {"place": "Oslo"}, "name": "weather"}""");
    }

    @Test
    void readsArgumentsThatAreJsonWithinAString() {
        check("", "", List.of("weather{\"a\": \"\\n\"}"), syntax(ToolCallFormat.HERMES), """
                <tool_call>{"name": "weather", "arguments": "{\\"a\\": \\"\\\\n\\"}"}</tool_call>""");
    }

    @Test
    void leavesAsContentWhatIsNoCall() {
        AnswerSyntax hermes = syntax(ToolCallFormat.HERMES);
        for (String text : List.of(
                "<tool_call>\n{\"name\": \"unknown\", \"arguments\": {}}\n</tool_call>",
                "<tool_call>oops</tool_call>",
                "<tool_call>{\"name\": 5}",
                "<tool_call>{\"name\": \"weather\", \"arguments\": [1]}",
                "<tool_call>{\"name\": \"weather\", \"arguments\": \"no JSON\"}",
                "<tool_call>{\"name\": \"weather\", \"argum",
                "<tool_call>{\"arguments\": {}}",
                "<tool_call>[]</tool_call>",
                "<tool_call>",
                "<tool_",
                "a < b <tool_ call> {\"name\": \"weather\"}\n ")) {
            check("", text, List.of(), hermes, text);
        }
        for (String text : List.of(
                "{\"name\": \"Bob\", \"parameters\": {}}",
                "{\"title\": \"x\"} and more",
                "Hello {\"name\": \"weather\", \"parameters\": {}}",
                "[1, 2]",
                " \n ",
                "")) {
            check("", text, List.of(), syntax(ToolCallFormat.LLAMA3), text);
            check("", text, List.of(), syntax(ToolCallFormat.JSON), text);
        }
        String call = "<tool_call>{\"name\": \"weather\"}</tool_call>";
        check("", call, List.of(), syntax(ToolCallFormat.NONE), call);
    }

    @Test
    void goesOnWithContentWhereACallBreaksOff() {
        AnswerSyntax hermes = syntax(ToolCallFormat.HERMES);
        check(
                "",
                "b}} oh",
                List.of("weather{\"a\": "),
                hermes,
                "<tool_call>{\"name\": \"weather\", \"arguments\": {\"a\": b}} oh");
        check(
                "",
                "",
                List.of("weather{\"a\": \"Os"),
                hermes,
                "<tool_call>{\"name\":\"weather\",\"arguments\":{\"a\": \"Os");
        check(
                "",
                "Done.",
                List.of("clock{}"),
                hermes,
                "<tool_call>{\"name\":\"clock\"}</tool_call>\nDone.".replace("\n", ""));
        check("", "\nDone.", List.of("clock{}"), hermes, "<tool_call>{\"name\":\"clock\"}\nDone.");
        check("", "<tool_call>", List.of("clock{}"), hermes, "<tool_call><tool_call>{\"name\":\"clock\"}</tool_c");
    }

    @Test
    void endsAfterTheOnlyCallThatIsAllowed() {
        AnswerSyntax one = syntax(ToolCallFormat.MISTRAL, false, false, "");
        String text = "[TOOL_CALLS][{\"name\":\"clock\"}, {\"name\":\"clock\"}] and more";
        check("", "", List.of("clock{}"), one, text);
        AnswerSplitter splitter = one.splitter();
        splitter.append("[TOOL_CALLS][{\"name\":\"clock\"");
        assertFalse(splitter.isComplete());
        splitter.append("}");
        assertTrue(splitter.isComplete());
    }

    @Test
    void goesOnFromACallThatThePromptHasBegun() {
        AnswerSyntax begun =
                syntax(ToolCallFormat.HERMES, false, true, "<tool_call>\n{\"name\": \"weather\", \"arguments\":");
        check(
                "",
                "",
                List.of("weather{\"a\": 1}", "clock{}"),
                begun,
                " {\"a\": 1}}\n</tool_call>\n<tool_call>{\"name\":\"clock\"}");
    }

    @Test
    void takesReasoningOutOfTheStart() {
        AnswerSyntax closed = syntax(ToolCallFormat.HERMES);
        check("Hm.\nYes.", "Fine. <think>", List.of(), closed, "\n<think>\nHm.\nYes.\n</think>\n\nFine. <think>");
        check(
                "use <tool_call>{\"name\":\"clock\"}",
                "",
                List.of("clock{}"),
                closed,
                "<think>use <tool_call>{\"name\":\"clock\"}</think>\n<tool_call>{\"name\":\"clock\"}</tool_call>");
        check("", "The tag <think> is", List.of(), closed, "The tag <think> is");
        check("", " <thin", List.of(), closed, " <thin");
        check("", "", List.of(), closed, "<think>\n\n</think>\n");
        check("cut off </thin", "", List.of(), closed, "<think>cut off </thin");
        check("Hm.", "Yes.", List.of(), syntax(ToolCallFormat.HERMES, true, true, ""), "Hm.\n</think>\nYes.");
    }

    @Test
    void passesPlainTextOnAtOnce() {
        AnswerSplitter splitter = syntax(ToolCallFormat.HERMES).splitter();
        assertEquals("Hello", splitter.append("Hello").content());
        assertEquals(" you", splitter.append(" you ").content());
        assertEquals("  a", splitter.append(" a<tool").content());
        assertEquals("<tools", splitter.append("s").content());
    }

    @Test
    void streamsArgumentsAsTheyCome() {
        AnswerSplitter splitter = syntax(ToolCallFormat.HERMES).splitter();
        assertTrue(splitter.append("<tool_call>{\"name\": \"weather\", \"arguments\": ")
                .calls()
                .isEmpty());
        List<ToolCallDelta> first = splitter.append("{\"place\"").calls();
        assertEquals("weather", first.getFirst().name());
        assertEquals("{\"place\"", first.getFirst().arguments());
        assertEquals(
                List.of(new ToolCallDelta(0, null, null, ": \"O")),
                splitter.append(": \"O").calls());
        assertEquals(
                List.of(new ToolCallDelta(0, null, null, "slo\"}")),
                splitter.append("slo\"}}\n</tool").calls());
    }

    @ParameterizedTest
    @EnumSource(ToolCallFormat.class)
    void cutsOfTheTextChangeNothing(ToolCallFormat format) throws Exception {
        Random random = new Random(7);
        int called = 0;
        for (int i = 0; i < 1500; i++) {
            String text = randomAnswer(random, format);
            AnswerSyntax syntax = syntax(format, random.nextInt(4) == 0, random.nextInt(4) > 0, "");
            Answer whole = read(syntax, List.of(text));
            assertEquals(whole, read(syntax, cut(text, random)), text);
            called += whole.calls().isEmpty() ? 0 : 1;
            if (whole.calls().isEmpty() && !syntax.reasoningIsOpen() && !text.contains("think>")) {
                assertEquals(text, whole.content(), "nothing is lost");
            }
        }
        assertTrue(format == ToolCallFormat.NONE ? called == 0 : called > 100, "calls: " + called);
    }

    @ParameterizedTest
    @EnumSource(value = ToolCallFormat.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void readsAllThatIsWrittenWell(ToolCallFormat format) throws Exception {
        Random random = new Random(99);
        for (int i = 0; i < 500; i++) {
            int count = 1 + random.nextInt(3);
            List<String> objects = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            for (int call = 0; call < count; call++) {
                String name = random.nextBoolean() ? "weather" : "clock";
                String arguments = "{\"a\":" + randomValue(random, 3) + "}";
                objects.add("{\"name\": \"" + name + "\", \"" + format.argumentsKey() + "\": " + arguments + "}");
                expected.add(name + arguments);
                JSON.readTree(arguments);
            }
            String text = switch (format) {
                case HERMES ->
                    "<tool_call>\n" + String.join("\n</tool_call>\n<tool_call>\n", objects) + "\n</tool_call>";
                case MISTRAL -> "[TOOL_CALLS] [" + String.join(", ", objects) + "]";
                case LLAMA3 -> String.join("; ", objects);
                default -> "[" + String.join(",", objects) + "]";
            };
            assertEquals(new Answer("", "", expected), read(syntax(format), cut(text, random)), text);
        }
    }

    private static List<String> cut(String text, Random random) {
        List<String> chunks = new ArrayList<>();
        int longest = 1 + random.nextInt(12);
        for (int from = 0; from < text.length(); ) {
            int to = Math.min(text.length(), from + random.nextInt(longest + 1));
            chunks.add(text.substring(from, to));
            from = to;
        }
        return chunks;
    }

    /** Pieces of answers in a row, which often make a call, and often nearly one. */
    private static String randomAnswer(Random random, ToolCallFormat format) {
        List<String> pieces = List.of(
                format.open(),
                format.close(),
                "{\"name\": \"weather\", \"" + format.argumentsKey() + "\": ",
                "{\"place\": [1.5e3, true, null, \"O\\u00e9\\\"\"]}",
                "{\"name\":\"clock\"}",
                "{\"name\":\"nobody\"}",
                "[",
                "]",
                "{",
                "}",
                ",",
                ";",
                " ",
                "\n",
                "text",
                "<",
                "<tool",
                "<think>",
                "</think>",
                "\"",
                "\\",
                "0",
                "é🙂");
        StringBuilder text = new StringBuilder(random.nextInt(3) == 0 ? "" : format.open());
        if (random.nextInt(3) > 0) {
            text.append(random.nextBoolean() ? "{\"name\":\"clock\"}" : pieces.get(2) + pieces.get(3) + "}");
        }
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(pieces.get(random.nextInt(pieces.size())));
        }
        return text.toString();
    }

    private static String randomValue(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 6)) {
            case 0 -> "null";
            case 1 -> "true";
            case 2 -> Integer.toString(random.nextInt(2000) - 1000);
            case 3 -> Double.toString(random.nextGaussian() * 1e8);
            case 4 -> "\"a\\\"\\\\}]{[<tool_call></tool_call>\\u12Ab é🙂\"";
            case 5 -> "\"\"";
            case 6 -> "[" + randomValue(random, depth - 1) + " , " + randomValue(random, depth - 1) + "]";
            default -> "{\"k\" : " + randomValue(random, depth - 1) + ",\"\":" + randomValue(random, depth - 1) + "}";
        };
    }
}
