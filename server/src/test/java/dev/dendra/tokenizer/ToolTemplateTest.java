// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.chat.AnswerPiece;
import dev.dendra.chat.AnswerSplitter;
import dev.dendra.chat.AnswerSyntax;
import dev.dendra.chat.ChatDialect;
import dev.dendra.chat.ChatPrompt;
import dev.dendra.chat.ChatTurn;
import dev.dendra.chat.PlainValues;
import dev.dendra.chat.ToolCallDelta;
import dev.dendra.chat.ToolCallFormat;
import dev.dendra.chat.ToolChoice;
import dev.dendra.chat.ToolDefinition;
import dev.dendra.format.ModelMetadata;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Templates with tools and reasoning: rendered as Jinja2 renders them, understood, and what they teach is read back. */
class ToolTemplateTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ToolDefinition CLOCK = new ToolDefinition("clock", "The <|im_end|> time.", null, false);
    private static final List<ChatMessage> ASKED = List.of(new ChatMessage("user", "What time is it?"));

    private static JsonNode fixture() throws IOException {
        try (InputStream in = ToolTemplateTest.class.getResourceAsStream("/oracle/tool_templates.json")) {
            return JSON.readTree(Objects.requireNonNull(in));
        }
    }

    private static ModelMetadata metadata(String template) {
        return SyntheticVocabularies.with(
                SyntheticVocabularies.byteLevelBpe("smollm"), "tokenizer.chat_template", template);
    }

    private static ChatTemplate template(String name) throws Exception {
        ModelMetadata metadata =
                metadata(fixture().at("/templates/" + name + "/template").textValue());
        return ChatTemplate.of(metadata, TokenizerFactory.of(metadata));
    }

    private static Tokenizer tokenizer() throws Exception {
        return TokenizerFactory.of(metadata("x"));
    }

    private static ChatDialect dialect(String name) throws Exception {
        return ChatDialect.of(template(name), tokenizer(), Optional.empty());
    }

    private static ChatMessage message(JsonNode node) {
        List<ToolCall> calls = new ArrayList<>();
        for (JsonNode call : node.path("tool_calls")) {
            JsonNode arguments = call.at("/function/arguments");
            calls.add(new ToolCall(
                    call.get("id").textValue(),
                    call.at("/function/name").textValue(),
                    arguments instanceof ObjectNode object ? PlainValues.of(object) : arguments.textValue()));
        }
        return new ChatMessage(
                node.get("role").textValue(),
                node.path("content").textValue(),
                node.path("reasoning_content").textValue(),
                calls,
                node.path("tool_call_id").textValue(),
                node.path("name").textValue());
    }

    private static ChatInput input(JsonNode testCase) {
        List<Map<String, Object>> tools = new ArrayList<>();
        testCase.path("tools").forEach(tool -> tools.add(PlainValues.of((ObjectNode) tool)));
        return new ChatInput(
                testCase.get("messages")
                        .valueStream()
                        .map(ToolTemplateTest::message)
                        .toList(),
                tools,
                testCase.has("variables") ? PlainValues.of((ObjectNode) testCase.get("variables")) : Map.of());
    }

    @TestFactory
    Stream<DynamicTest> rendersAsJinja() throws IOException {
        return fixture()
                .get("cases")
                .valueStream()
                .map(testCase -> dynamicTest(testCase.get("name").textValue(), () -> {
                    ChatTemplate template = template(testCase.get("template").textValue());
                    if (testCase.has("expected")) {
                        assertEquals(
                                testCase.get("expected").textValue(),
                                template.render(input(testCase), true).text());
                        return;
                    }
                    ChatTemplateException refusal =
                            assertThrows(ChatTemplateException.class, () -> template.render(input(testCase), true));
                    assertEquals(testCase.get("error").textValue(), refusal.getMessage());
                }));
    }

    @TestFactory
    Stream<DynamicTest> findsOutWhatATemplateKnows() throws IOException {
        return fixture().get("templates").properties().stream()
                .map(entry -> dynamicTest(entry.getKey(), () -> {
                    ChatDialect dialect = dialect(entry.getKey());
                    JsonNode expected = entry.getValue();
                    assertEquals(expected.get("knows_tools").booleanValue(), dialect.knowsTools());
                    assertEquals(
                            expected.get("reasoning").booleanValue(),
                            dialect.reasoning().isPresent());
                    String format =
                            dialect.knowsTools() ? expected.get("format").textValue() : "hermes";
                    assertEquals(format, dialect.toolFormat().label());
                }));
    }

    @TestFactory
    Stream<DynamicTest> readsTheCallsThatTemplatesWrite() throws IOException {
        return fixture()
                .get("cases")
                .valueStream()
                .filter(testCase -> testCase.get("name").textValue().matches(".*/(call|results)"))
                .filter(testCase -> testCase.has("expected"))
                .map(testCase -> dynamicTest(testCase.get("name").textValue(), () -> {
                    ToolCallFormat format =
                            dialect(testCase.get("template").textValue()).toolFormat();
                    String text = testCase.get("expected").textValue();
                    String start = switch (format) {
                        case MISTRAL -> "[TOOL_CALLS]";
                        case LLAMA3 -> "{\"name\": \"get_weather\"";
                        default ->
                            text.contains("<tool_call>[{\"name\": \"get")
                                    ? "<tool_call>[{\"name\": \"get"
                                    : "<tool_call>\n{\"name\": \"get_weather\"";
                    };
                    int from = text.lastIndexOf(start);
                    String answer = text.substring(from, text.indexOf("<|im_end|>", from));
                    AnswerSyntax syntax = new AnswerSyntax(
                            Optional.empty(), false, format, Set.of("get_weather", "clock"), true, "", Set.of());
                    AnswerSplitter splitter = syntax.splitter();
                    AnswerPiece piece = splitter.append(answer);
                    assertEquals("", piece.content() + splitter.finish().content());
                    JsonNode calls = testCase.get("messages").get(1).get("tool_calls");
                    assertEquals(calls.size(), piece.calls().size());
                    for (int i = 0; i < calls.size(); i++) {
                        ToolCallDelta call = piece.calls().get(i);
                        assertEquals(calls.get(i).at("/function/name").textValue(), call.name());
                        assertEquals(calls.get(i).at("/function/arguments"), JSON.readTree(call.arguments()));
                    }
                }));
    }

    private static ChatPrompt prompt(String template, ToolChoice choice, List<ChatMessage> messages) throws Exception {
        return dialect(template).prompt(new ChatTurn(messages, List.of(CLOCK), choice, true, Map.of()));
    }

    private static String text(ChatPrompt prompt) throws Exception {
        Tokenizer tokenizer = tokenizer();
        StringBuilder text = new StringBuilder();
        for (int token : prompt.tokens()) {
            text.append(
                    tokenizer.isControl(token)
                            ? tokenizer.spelling(token)
                            : new String(tokenizer.bytes(token), StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    @Test
    void tellsModelsAboutToolsWhoseTemplatesDoNot() throws Exception {
        List<ChatMessage> messages = List.of(
                new ChatMessage("system", "Be brief."),
                ASKED.getFirst(),
                new ChatMessage("assistant", null, null, List.of(new ToolCall("1", "clock", Map.of())), null, null),
                new ChatMessage("tool", "12:00", null, List.of(), "1", "clock"),
                new ChatMessage("tool", "13:00", null, List.of(), "2", null));
        String text = text(prompt("turns", new ToolChoice.Auto(), messages));
        assertTrue(text.startsWith("<|im_start|>system\nBe brief.\n\nYou have tools."), text);
        assertTrue(text.contains("{\"type\":\"function\",\"function\":{\"name\":\"clock\",\"description\":"), text);
        assertTrue(text.endsWith("""
                <|im_start|>user
                What time is it?<|im_end|>
                <|im_start|>assistant
                <tool_call>
                {"name":"clock","arguments":{}}
                </tool_call><|im_end|>
                <|im_start|>user
                <tool_response>
                12:00
                </tool_response>
                <tool_response>
                13:00
                </tool_response><|im_end|>
                <|im_start|>assistant
                """), text);
        assertFalse(text(prompt("turns", new ToolChoice.None(), ASKED)).contains("clock"));
    }

    @Test
    void keepsControlTokensInDefinitionsAsText() throws Exception {
        Tokenizer tokenizer = tokenizer();
        for (String template : List.of("turns", "hermes", "llama3", "mistral")) {
            int[] tokens = prompt(template, new ToolChoice.Auto(), ASKED).tokens();
            int[] without = prompt(template, new ToolChoice.None(), ASKED).tokens();
            long extra = template.equals("mistral") || template.equals("llama3") ? 0 : 2;
            assertEquals(
                    Arrays.stream(without).filter(tokenizer::isControl).count() + extra,
                    Arrays.stream(tokens).filter(tokenizer::isControl).count(),
                    template);
        }
    }

    @Test
    void beginsTheCallThatHasToCome() throws Exception {
        ToolChoice required = new ToolChoice.Required();
        ToolChoice named = new ToolChoice.Named("clock");
        assertTrue(text(prompt("hermes", required, ASKED)).endsWith("assistant\n<tool_call>\n"));
        assertTrue(text(prompt("turns", named, ASKED))
                .endsWith("assistant\n<tool_call>\n{\"name\": \"clock\", \"arguments\":"));
        assertTrue(text(prompt("llama3", named, ASKED)).endsWith("\n\n{\"name\": \"clock\", \"parameters\":"));
        assertTrue(text(prompt("mistral", required, ASKED)).endsWith("[TOOL_CALLS]["));
        assertTrue(text(prompt("thinking-opened", required, ASKED)).endsWith("<think>\n\n</think>\n\n<tool_call>\n"));
        AnswerSplitter splitter = prompt("turns", named, ASKED).syntax().splitter();
        AnswerPiece piece = splitter.append(" {\"zone\": 1}}");
        assertEquals("clock", piece.calls().getFirst().name());
        assertEquals("{\"zone\": 1}", piece.calls().getFirst().arguments());
    }

    @Test
    void knowsWhetherThePromptHasOpenedReasoning() throws Exception {
        assertTrue(
                dialect("thinking-opened").prompt(ChatTurn.of(ASKED)).syntax().reasoningIsOpen());
        assertFalse(dialect("thinking").prompt(ChatTurn.of(ASKED)).syntax().reasoningIsOpen());
        assertFalse(
                dialect("turns").prompt(ChatTurn.of(ASKED)).syntax().reasoning().isPresent());
    }

    @Test
    void letsNoVariableStandInForTheConversation() throws Exception {
        ChatTemplate template = template("turns");
        for (String name : List.of("messages", "tools", "add_generation_prompt", "bos_token", "raise_exception")) {
            ChatInput input = new ChatInput(ASKED, List.of(), Map.of(name, "x"));
            assertThrows(IllegalArgumentException.class, () -> template.render(input, true));
        }
    }
}
