// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/** Takes requests for generation. Any thread may call it. */
public interface GenerationService {

    /**
     * Queues a request.
     *
     * @throws EngineException if it cannot be taken: see {@link EngineException.Reason}
     */
    Generation submit(GenerationRequest request) throws EngineException;

    /** Most tokens of a sequence, prompt and generated together. */
    int contextLength();
}
