// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.chat.CallPattern;
import dev.dendra.chat.ToolDefinition;
import dev.dendra.constraint.ConstraintException;
import dev.dendra.constraint.Grammar;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Makes grammars of what answers that call tools may be. */
final class CallGrammar {
    /** Does not begin as a bare call does: with JSON, white space left aside. */
    private static final String NO_JSON = "\\s*([^\\s{\\[](.|\\s)*)?";

    /** What makes a schema say by itself what kinds of values it has. */
    private static final List<String> KINDS = List.of("type", "$ref", "anyOf", "allOf", "enum", "const");

    private final List<String> toolNames;

    /** For calls of {@code tools}, in the order of the request. */
    CallGrammar(List<ToolDefinition> tools) {
        this.toolNames = tools.stream().map(ToolDefinition::name).toList();
    }

    /**
     * The texts of a pattern.
     *
     * @throws ApiException naming the schema of a tool, if it cannot be kept to
     */
    Grammar of(CallPattern pattern) throws ConstraintException {
        return switch (pattern) {
            case CallPattern.Literal(String text) -> Grammar.literal(text);
            case CallPattern.Arguments(ToolDefinition tool) -> arguments(tool);
            case CallPattern.AnyArguments _ -> Grammar.jsonObject();
            case CallPattern.Content(String mark, boolean bare) ->
                mark.isEmpty() ? Grammar.regex(NO_JSON) : without(bare, Grammar.textWithout(mark));
            case CallPattern.ContentBeforeCall(String mark, boolean bare) -> without(bare, Grammar.textUntil(mark));
            case CallPattern.Sequence(List<CallPattern> parts) -> Grammar.sequence(all(parts));
            case CallPattern.Choice(List<CallPattern> options) -> Grammar.choice(all(options));
            case CallPattern.Repeated(CallPattern part) -> Grammar.repeat(of(part), 0, Grammar.UNLIMITED);
        };
    }

    /** All that a grammar is made of: patterns whose sources are equal have equal grammars. */
    static String source(CallPattern pattern) {
        return switch (pattern) {
            case CallPattern.Literal(String text) -> "text" + sized(text);
            case CallPattern.Arguments(ToolDefinition tool) ->
                (tool.strict() ? "strict" : "arguments") + sized(String.valueOf(tool.parameters()));
            case CallPattern.AnyArguments _ -> "any";
            case CallPattern.Content(String mark, boolean bare) -> "content" + bare + sized(mark);
            case CallPattern.ContentBeforeCall(String mark, boolean bare) -> "before" + bare + sized(mark);
            case CallPattern.Sequence(List<CallPattern> parts) -> "sequence" + sized(parts.stream());
            case CallPattern.Choice(List<CallPattern> options) -> "choice" + sized(options.stream());
            case CallPattern.Repeated(CallPattern part) -> "repeated" + sized(source(part));
        };
    }

    private static String sized(Stream<CallPattern> patterns) {
        List<String> sources = patterns.map(CallGrammar::source).toList();
        return sized(sources.size() + ":" + String.join("", sources));
    }

    private static String sized(String text) {
        return "[" + text.length() + ":" + text + "]";
    }

    private List<Grammar> all(List<CallPattern> patterns) throws ConstraintException {
        List<Grammar> grammars = new ArrayList<>();
        for (CallPattern pattern : patterns) {
            grammars.add(of(pattern));
        }
        return grammars;
    }

    private static Grammar without(boolean bare, Grammar content) throws ConstraintException {
        return bare ? new Grammar.Intersection(content, Grammar.regex(NO_JSON)) : content;
    }

    private Grammar arguments(ToolDefinition tool) {
        ObjectNode parameters = tool.parameters();
        if (parameters == null) {
            return Grammar.jsonObject();
        }
        try {
            return Grammar.jsonSchema(object(parameters));
        } catch (ConstraintException e) {
            // Schemas were sent for years to servers that looked at none of them.
            if (e.reason() == ConstraintException.Reason.UNSUPPORTED && !tool.strict()) {
                return Grammar.jsonObject();
            }
            String path = "tools[" + toolNames.indexOf(tool.name()) + "].function.parameters";
            throw ApiException.invalid(path, "'" + path + "' cannot be kept to: " + e.getMessage() + ".");
        }
    }

    /** Arguments are an object even where the schema does not say so. */
    private static JsonNode object(ObjectNode parameters) {
        boolean tells = KINDS.stream().anyMatch(parameters::has);
        return tells ? parameters : parameters.deepCopy().put("type", "object");
    }
}
