// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.Embedding;
import dev.dendra.engine.EmbeddingException;
import dev.dendra.engine.EmbeddingService;
import dev.dendra.engine.EngineException;
import dev.dendra.engine.RequestTerms;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stands in for an engine's embeddings until it is there. */
final class DeferredEmbeddings implements EmbeddingService {
    private final int dimensions;
    private volatile @Nullable EmbeddingService service;

    /** Of vectors with so many elements. */
    DeferredEmbeddings(int dimensions) {
        this.dimensions = dimensions;
    }

    /** From now on requests go to {@code arrived}. */
    void become(EmbeddingService arrived) {
        service = arrived;
    }

    @Override
    public List<Embedding> embed(List<int[]> prompts, Pooling pooling, RequestTerms terms, Runnable watch)
            throws EngineException, EmbeddingException, InterruptedException {
        EmbeddingService current = service;
        if (current == null) {
            throw DeferredService.notReady();
        }
        return current.embed(prompts, pooling, terms, watch);
    }

    @Override
    public int dimensions() {
        return dimensions;
    }
}
