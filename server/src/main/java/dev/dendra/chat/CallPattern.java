// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import java.util.ArrayList;
import java.util.List;

/**
 * What the text of an answer that calls tools may be: what a constraint is made of. Values of JSON stand for themselves;
 * what holds within them is said by their schema.
 */
public sealed interface CallPattern {

    /** This text. */
    record Literal(String text) implements CallPattern {}

    /** The arguments of a call: JSON that keeps to {@link ToolDefinition#parameters}, an object of any kind without. */
    record Arguments(ToolDefinition tool) implements CallPattern {}

    /** The arguments of a call that keeps to no schema: an object of any kind. */
    record AnyArguments() implements CallPattern {}

    /**
     * An answer without calls, of any length.
     *
     * @param mark what stands before calls, and therefore not in the answer; empty if nothing does
     * @param bare whether an answer that begins with JSON may be a call, so that this one does not
     */
    record Content(String mark, boolean bare) implements CallPattern {}

    /**
     * What stands before the first call, and the mark behind that.
     *
     * @param mark what stands before calls
     * @param bare as in {@link Content}
     */
    record ContentBeforeCall(String mark, boolean bare) implements CallPattern {}

    /** One after the other. */
    record Sequence(List<CallPattern> parts) implements CallPattern {
        /** Copies what is mutable. */
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** One of several, at least one. */
    record Choice(List<CallPattern> options) implements CallPattern {
        /** Copies what is mutable. */
        public Choice {
            options = List.copyOf(options);
        }
    }

    /** Any number of times, or not at all. */
    record Repeated(CallPattern part) implements CallPattern {}

    /**
     * What has to follow a prompt that ends with the beginning of a call.
     *
     * @param tools on offer, at least one
     * @param choice {@link ToolChoice.Required} or {@link ToolChoice.Named}
     * @param several whether more calls may follow the first; none does where the tool is named
     */
    static CallPattern forced(ToolCallFormat format, List<ToolDefinition> tools, ToolChoice choice, boolean several) {
        if (choice instanceof ToolChoice.Named(String name)) {
            ToolDefinition named = tools.stream()
                    .filter(tool -> tool.name().equals(name))
                    .findFirst()
                    .orElseThrow();
            return new Sequence(List.of(optional(" "), new Arguments(named), new Literal("}")));
        }
        CallPattern call = new Choice(tools.stream()
                .map(tool -> call(format, tool, new Arguments(tool)))
                .toList());
        if (!several) {
            return call;
        }
        List<CallPattern> parts = new ArrayList<>(List.of(call));
        parts.addAll(afterFirst(format, call, new Literal("\n")));
        return new Sequence(parts);
    }

    /**
     * An answer of a model that is free to call or not. Calls of tools that are {@link ToolDefinition#strict} keep to their
     * schemas, and all calls to the format.
     *
     * @param tools on offer, at least one
     */
    static CallPattern free(ToolCallFormat format, List<ToolDefinition> tools, boolean several) {
        CallPattern calls = calls(format, tools, several);
        List<CallPattern> answers = new ArrayList<>(List.of(new Content(format.open(), format.isBare())));
        if (!format.open().isEmpty()) {
            answers.add(new Sequence(List.of(new ContentBeforeCall(format.open(), format.isBare()), calls)));
        }
        if (format.isBare()) {
            answers.add(calls);
        }
        return new Choice(answers);
    }

    /** An answer that consists of calls, as in {@link #free}: for where content is something else than any text. */
    static CallPattern onlyCalls(ToolCallFormat format, List<ToolDefinition> tools, boolean several) {
        CallPattern calls = calls(format, tools, several);
        if (format.open().isEmpty()) {
            return calls;
        }
        CallPattern marked = new Sequence(List.of(new Literal(format.open()), calls));
        return format.isBare() ? new Choice(List.of(marked, calls)) : marked;
    }

    /** The calls of an answer, behind the mark that stands before the first. */
    private static CallPattern calls(ToolCallFormat format, List<ToolDefinition> tools, boolean several) {
        CallPattern call = new Choice(tools.stream()
                .map(tool -> call(format, tool, tool.strict() ? new Arguments(tool) : new AnyArguments()))
                .toList());
        CallPattern line = optional("\n");
        List<CallPattern> parts = new ArrayList<>();
        switch (format) {
            case HERMES -> parts.addAll(List.of(line, call));
            case MISTRAL -> parts.addAll(List.of(optional(" "), new Literal("["), call));
            case LLAMA3, JSON, NONE -> parts.add(call);
        }
        if (several) {
            parts.addAll(afterFirst(format, call, line));
        }
        return new Sequence(parts);
    }

    /**
     * What comes behind the first of several calls.
     *
     * @param line what separates calls from the marks around them, where there are marks around each
     */
    private static List<CallPattern> afterFirst(ToolCallFormat format, CallPattern call, CallPattern line) {
        return switch (format) {
            case HERMES -> {
                CallPattern close = new Literal(format.close());
                yield List.of(line, close, repeated(line, new Literal(format.open()), line, call, line, close));
            }
            case MISTRAL -> List.of(repeated(new Literal(", "), call), new Literal("]"));
            case LLAMA3 -> List.of(repeated(new Literal("; "), call));
            case JSON, NONE -> List.of(repeated(new Literal("\n"), call));
        };
    }

    private static CallPattern optional(String text) {
        return new Choice(List.of(new Literal(text), new Literal("")));
    }

    private static CallPattern repeated(CallPattern... parts) {
        return new Repeated(new Sequence(List.of(parts)));
    }

    private static CallPattern call(ToolCallFormat format, ToolDefinition tool, CallPattern arguments) {
        // Names are of characters that JSON does not escape.
        String start = "{\"name\": \"" + tool.name() + "\", \"" + format.argumentsKey() + "\": ";
        return new Sequence(List.of(new Literal(start), arguments, new Literal("}")));
    }
}
