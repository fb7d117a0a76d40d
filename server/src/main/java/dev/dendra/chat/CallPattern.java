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
            return new Sequence(List.of(new Literal(" "), new Arguments(named), new Literal("}")));
        }
        CallPattern call =
                new Choice(tools.stream().map(tool -> call(format, tool)).toList());
        if (!several) {
            return call;
        }
        List<CallPattern> parts = new ArrayList<>(List.of(call));
        switch (format) {
            case HERMES -> {
                CallPattern close = new Literal("\n" + format.close());
                parts.add(close);
                parts.add(repeated(new Literal("\n" + format.beginning()), call, close));
            }
            case MISTRAL -> {
                parts.add(repeated(new Literal(", "), call));
                parts.add(new Literal("]"));
            }
            case LLAMA3 -> parts.add(repeated(new Literal("; "), call));
            case JSON, NONE -> parts.add(repeated(new Literal("\n"), call));
        }
        return new Sequence(parts);
    }

    private static CallPattern repeated(CallPattern... parts) {
        return new Repeated(new Sequence(List.of(parts)));
    }

    private static CallPattern call(ToolCallFormat format, ToolDefinition tool) {
        // Names are of characters that JSON does not escape.
        String start = "{\"name\": \"" + tool.name() + "\", \"" + format.argumentsKey() + "\": ";
        return new Sequence(List.of(new Literal(start), new Arguments(tool), new Literal("}")));
    }
}
