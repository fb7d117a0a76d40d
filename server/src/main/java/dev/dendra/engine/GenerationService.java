// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.List;

/** Takes requests for generation. Any thread may call it. */
public interface GenerationService {

    /**
     * Queues requests that belong together, all or none. Those with equal prompts share what is computed of it.
     *
     * @param requests of one tenant, at least one
     * @return the generations, in the order of their requests
     * @throws EngineException if they cannot be taken: see {@link EngineException.Reason}
     */
    List<Generation> submit(List<GenerationRequest> requests) throws EngineException;

    /**
     * Queues a request.
     *
     * @throws EngineException if it cannot be taken: see {@link EngineException.Reason}
     */
    default Generation submit(GenerationRequest request) throws EngineException {
        return submit(List.of(request)).getFirst();
    }

    /** Most tokens of a sequence, prompt and generated together. */
    int contextLength();
}
