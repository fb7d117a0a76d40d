// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * How a model family writes the calls that it makes. A call is a JSON object with the tool's name and its arguments; what
 * differs is what stands around it, and what the arguments are called. Reading takes either name of the arguments, one
 * object or a list of them.
 */
public enum ToolCallFormat {
    /** {@code <tool_call>{"name": …, "arguments": …}</tool_call>}: Hermes 2 Pro, Qwen 2.5 and 3, SmolLM2 1.7B, SmolLM3. */
    HERMES("<tool_call>", "</tool_call>", "arguments", false),
    /** {@code {"name": …, "parameters": …}}, with {@code <|python_tag|>} before it or not: Llama 3.1 and later. */
    LLAMA3("<|python_tag|>", "", "parameters", true),
    /** {@code [TOOL_CALLS][{"name": …, "arguments": …}]}: Mistral up to the tokenizer's version 7. */
    MISTRAL("[TOOL_CALLS]", "", "arguments", false),
    /** {@code {"name": …, "arguments": …}} and nothing around it. */
    JSON("", "", "arguments", true),
    /** Calls are not looked for. */
    NONE("", "", "arguments", false);

    /** Mistral's templates refuse ids of another length. */
    private static final int MISTRAL_ID_LENGTH = 9;

    private final String open;
    private final String close;
    private final String argumentsKey;
    private final boolean bare;

    ToolCallFormat(String open, String close, String argumentsKey, boolean bare) {
        this.open = open;
        this.close = close;
        this.argumentsKey = argumentsKey;
        this.bare = bare;
    }

    /** The format with this name, in lower case; nothing if there is none. */
    public static Optional<ToolCallFormat> named(String name) {
        for (ToolCallFormat format : values()) {
            if (format.label().equals(name)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /**
     * The format that a template teaches its model; {@link #JSON} where its words give no sign of another.
     *
     * @param templateSource of a template that knows tools
     */
    public static ToolCallFormat detect(String templateSource) {
        if (templateSource.contains(MISTRAL.open)) {
            return MISTRAL;
        }
        if (templateSource.contains(HERMES.open)) {
            return HERMES;
        }
        boolean speaksOfParameters =
                templateSource.contains("\"parameters\": ") || templateSource.contains("\\\"parameters\\\": ");
        return templateSource.contains(LLAMA3.open) || speaksOfParameters ? LLAMA3 : JSON;
    }

    /** Its name for users. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What stands before calls; empty if nothing does. */
    String open() {
        return open;
    }

    /** What stands behind a call; empty if nothing does. */
    String close() {
        return close;
    }

    /** What the arguments are called where we write them. */
    String argumentsKey() {
        return argumentsKey;
    }

    /** Whether an answer that begins with JSON may be a call. */
    boolean isBare() {
        return bare;
    }

    /** What stands before the first call of an answer that begins with one. */
    String beginning() {
        return switch (this) {
            case HERMES -> open + "\n";
            case MISTRAL -> open + "[";
            case LLAMA3, JSON, NONE -> "";
        };
    }

    /** Whether calls are looked for. */
    public boolean isRead() {
        return bare || !open.isEmpty();
    }

    /** An id for a call that was made just now. */
    String nextId() {
        String random = UUID.randomUUID().toString().replace("-", "");
        return this == MISTRAL ? random.substring(0, MISTRAL_ID_LENGTH) : "call_" + random;
    }
}
