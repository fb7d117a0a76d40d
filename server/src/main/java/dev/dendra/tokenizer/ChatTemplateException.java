// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/** A chat template that cannot be parsed, or does not render a conversation. */
public final class ChatTemplateException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean refusal;

    ChatTemplateException(String message, boolean refusal, Throwable cause) {
        super(message, cause);
        this.refusal = refusal;
    }

    /** Whether the template itself has refused the conversation, for instance because roles do not alternate. */
    public boolean isRefusal() {
        return refusal;
    }
}
