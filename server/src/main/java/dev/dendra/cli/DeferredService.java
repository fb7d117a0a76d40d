// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.EngineException;
import dev.dendra.engine.Generation;
import dev.dendra.engine.GenerationRequest;
import dev.dendra.engine.GenerationService;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stands in for an engine until it is there. */
final class DeferredService implements GenerationService {
    private final int expectedContextLength;
    private volatile @Nullable GenerationService service;

    /** Says until then that the context has {@code expectedContextLength} tokens. */
    DeferredService(int expectedContextLength) {
        this.expectedContextLength = expectedContextLength;
    }

    /** From now on requests go to {@code arrived}. */
    void become(GenerationService arrived) {
        service = arrived;
    }

    @Override
    public List<Generation> submit(List<GenerationRequest> requests) throws EngineException {
        GenerationService current = service;
        if (current == null) {
            throw notReady();
        }
        return current.submit(requests);
    }

    /** What requests are told until then. */
    static EngineException notReady() {
        return new EngineException(
                EngineException.Reason.NOT_READY, "the model is still being loaded; try again in a few seconds");
    }

    @Override
    public int contextLength() {
        GenerationService current = service;
        return current == null ? expectedContextLength : current.contextLength();
    }
}
