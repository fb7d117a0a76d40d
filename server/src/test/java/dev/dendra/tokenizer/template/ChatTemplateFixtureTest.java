// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every template of the fixture renders as Python's transformers renders it, and fails where that fails. */
class ChatTemplateFixtureTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestFactory
    Stream<DynamicTest> rendersAsTransformers() throws IOException {
        try (InputStream in = getClass().getResourceAsStream("/oracle/chat_templates.json")) {
            JsonNode fixture = JSON.readTree(Objects.requireNonNull(in));
            return fixture.get("cases").valueStream().map(testCase -> {
                JsonNode template =
                        fixture.get("templates").get(testCase.get("template").asText());
                return dynamicTest(testCase.get("name").asText(), () -> check(template, testCase));
            });
        }
    }

    private static void check(JsonNode template, JsonNode testCase) {
        Template parsed = Template.parse(template.get("template").asText());
        JsonNode options = testCase.get("options");
        Map<String, Object> variables = new HashMap<>();
        variables.put("messages", plain(testCase.get("messages")));
        variables.put("tools", testCase.has("tools") ? plain(testCase.get("tools")) : null);
        variables.put("documents", null);
        variables.put(
                "add_generation_prompt", options.get("add_generation_prompt").asBoolean());
        variables.put("bos_token", template.get("bos_token").asText());
        variables.put("eos_token", template.get("eos_token").asText());
        if (options.has("variables")) {
            options.get("variables")
                    .properties()
                    .forEach(entry -> variables.put(entry.getKey(), plain(entry.getValue())));
        }
        Clock clock = clock(options);
        if (testCase.has("expected")) {
            assertEquals(testCase.get("expected").asText(), parsed.render(variables, clock, TemplateLimits.DEFAULT));
            return;
        }
        TemplateException failure =
                assertThrows(TemplateException.class, () -> parsed.render(variables, clock, TemplateLimits.DEFAULT));
        JsonNode error = testCase.get("error");
        switch (error.get("kind").asText()) {
            case "raise_exception" -> {
                assertEquals(TemplateException.Kind.RAISED, failure.kind(), failure::getMessage);
                assertEquals(error.get("message").asText(), failure.getMessage());
            }
            case "undefined" -> assertEquals(TemplateException.Kind.UNDEFINED, failure.kind(), failure::getMessage);
            default -> assertEquals(TemplateException.Kind.TYPE, failure.kind(), failure::getMessage);
        }
    }

    private static Object plain(JsonNode node) {
        return Objects.requireNonNull(JSON.convertValue(node, Object.class));
    }

    private static Clock clock(JsonNode options) {
        Instant now = options.has("now")
                ? LocalDateTime.parse(options.get("now").asText()).toInstant(ZoneOffset.UTC)
                : Instant.EPOCH;
        return Clock.fixed(now, ZoneOffset.UTC);
    }
}
