// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.engine.GenerationEvent.FailureKind;

/** Texts that the engine took and did not turn into vectors. {@link #getMessage()} may be shown to the client. */
public final class EmbeddingException extends Exception {
    private static final long serialVersionUID = 1;

    private final FailureKind kind;

    /** With a kind and a message for the client. */
    public EmbeddingException(FailureKind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** What went wrong. */
    public FailureKind kind() {
        return kind;
    }
}
