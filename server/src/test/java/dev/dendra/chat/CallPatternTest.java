// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CallPatternTest {
    private static final List<ToolDefinition> TOOLS = List.of(
            new ToolDefinition("clock", null, null, false), new ToolDefinition("get_weather", null, null, true));

    /** A text that a pattern allows; notes the calls in it. */
    private static String sample(CallPattern pattern, Random random, List<String> calls) {
        return switch (pattern) {
            case CallPattern.Literal(String text) -> text;
            case CallPattern.Arguments(ToolDefinition tool) -> {
                String arguments = "{\"n\": " + random.nextInt(100) + "}";
                calls.add(tool.name() + arguments);
                yield arguments;
            }
            case CallPattern.AnyArguments _ -> {
                calls.add("{}");
                yield "{}";
            }
            case CallPattern.Content(String mark, boolean bare) -> bare ? "Well, {." : "{Well.";
            case CallPattern.ContentBeforeCall(String mark, boolean bare) -> (bare ? "Well, {." : "{Well.") + mark;
            case CallPattern.Sequence(List<CallPattern> parts) -> {
                StringBuilder text = new StringBuilder();
                parts.forEach(part -> text.append(sample(part, random, calls)));
                yield text.toString();
            }
            case CallPattern.Choice(List<CallPattern> options) ->
                sample(options.get(random.nextInt(options.size())), random, calls);
            case CallPattern.Repeated(CallPattern part) -> {
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(3); i > 0; i--) {
                    text.append(sample(part, random, calls));
                }
                yield text.toString();
            }
        };
    }

    @ParameterizedTest
    @EnumSource(value = ToolCallFormat.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void allThatItAllowsIsReadAsCalls(ToolCallFormat format) {
        Random random = new Random(5);
        int most = 0;
        for (int i = 0; i < 200; i++) {
            boolean several = random.nextBoolean();
            ToolChoice choice = random.nextBoolean() ? new ToolChoice.Required() : new ToolChoice.Named("clock");
            List<String> expected = new ArrayList<>();
            String text = sample(CallPattern.forced(format, TOOLS, choice, several), random, expected);
            String begun = choice instanceof ToolChoice.Required
                    ? format.beginning()
                    : format.beginning() + "{\"name\": \"clock\", \"" + format.argumentsKey() + "\":";
            AnswerSyntax syntax = new AnswerSyntax(
                    Optional.empty(), false, format, Set.of("clock", "get_weather"), several, begun, Set.of());
            AnswerSplitter splitter = syntax.splitter();
            AnswerPiece piece = splitter.append(text);
            assertEquals("", piece.content() + splitter.finish().content(), text);
            assertEquals(
                    expected,
                    piece.calls().stream()
                            .map(call -> call.name() + call.arguments())
                            .toList(),
                    text);
            most = Math.max(most, expected.size());
            assertTrue(several || expected.size() == 1);
        }
        assertEquals(3, most);
    }

    @ParameterizedTest
    @EnumSource(value = ToolCallFormat.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void whatAFreeAnswerMayBeIsReadAsContentAndCalls(ToolCallFormat format) {
        Random random = new Random(6);
        int answersWithCalls = 0;
        int most = 0;
        for (int i = 0; i < 300; i++) {
            boolean several = random.nextBoolean();
            boolean free = random.nextBoolean();
            List<String> expected = new ArrayList<>();
            CallPattern pattern =
                    free ? CallPattern.free(format, TOOLS, several) : CallPattern.onlyCalls(format, TOOLS, several);
            String text = sample(pattern, random, expected);
            AnswerSplitter splitter = new AnswerSyntax(
                            Optional.empty(), false, format, Set.of("clock", "get_weather"), several, "", Set.of())
                    .splitter();
            AnswerPiece piece = splitter.append(text);
            String content = piece.content() + splitter.finish().content();
            assertEquals(
                    expected.stream()
                            .map(call -> call.replace("get_weather", ""))
                            .toList(),
                    piece.calls().stream().map(ToolCallDelta::arguments).toList(),
                    text);
            assertTrue(free || content.isEmpty(), text);
            assertTrue(content.isEmpty() || content.contains("Well"), text);
            answersWithCalls += expected.isEmpty() ? 0 : 1;
            most = Math.max(most, expected.size());
            assertTrue(several || expected.size() <= 1);
        }
        assertTrue(answersWithCalls > 150, "answers with calls: " + answersWithCalls);
        assertEquals(3, most);
    }
}
