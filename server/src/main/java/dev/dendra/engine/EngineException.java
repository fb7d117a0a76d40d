// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/** A request that the engine did not take. */
public final class EngineException extends Exception {
    private static final long serialVersionUID = 1;

    /** Why a request was not taken. */
    public enum Reason {
        /** The queue is full; try again later. */
        QUEUE_FULL,
        /** The prompt leaves no room in the context, or needs more KV blocks than there are. */
        PROMPT_TOO_LONG,
        /** The model is still being loaded; try again later. */
        NOT_READY,
        /** The engine is shutting down. */
        STOPPING
    }

    private final Reason reason;

    /** With a reason and a message for the client. */
    public EngineException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
