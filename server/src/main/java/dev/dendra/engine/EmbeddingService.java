// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.List;

/** Turns texts into vectors. Any thread may call it. */
public interface EmbeddingService {

    /** How the hidden states of a text's tokens become one vector. */
    enum Pooling {
        /** Their mean. */
        MEAN,
        /** That of the last token, which has seen all others. */
        LAST
    }

    /**
     * One vector for each prompt, in their order, each of Euclidean length 1. Waits for all of them.
     *
     * @param prompts token ids; at least one prompt, each with at least one token; not to be changed
     * @param terms who asks, and how urgently
     *     The deadline is that of all prompts together
     * @param watch called at least a few times a second by the thread that waits; when it throws, all prompts are given up, and
     *     what it has thrown is thrown here
     * @throws EngineException if they cannot be taken: see {@link EngineException.Reason}
     * @throws EmbeddingException if they were taken and something went wrong
     */
    List<Embedding> embed(List<int[]> prompts, Pooling pooling, RequestTerms terms, Runnable watch)
            throws EngineException, EmbeddingException, InterruptedException;

    /** Elements of a vector. */
    int dimensions();
}
