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
     * One vector for each prompt, in their order. Waits for all of them.
     *
     * @param prompts token ids; at least one prompt, each with at least one token; not to be changed
     * @param terms who asks, and how urgently
     * @throws EngineException if they cannot be taken: see {@link EngineException.Reason}
     */
    List<Embedding> embed(List<int[]> prompts, Pooling pooling, RequestTerms terms)
            throws EngineException, InterruptedException;

    /** Elements of a vector. */
    int dimensions();
}
