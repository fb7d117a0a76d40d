// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.Embedding;
import dev.dendra.engine.EmbeddingException;
import dev.dendra.engine.EmbeddingService;
import dev.dendra.engine.RequestTerms;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** Vectors of the number of tokens, the first and the last token, so that tests can tell what they were made from. */
final class ScriptedEmbeddings implements EmbeddingService {
    final BlockingQueue<Pooling> poolings = new LinkedBlockingQueue<>();
    private volatile @Nullable EmbeddingException failure;

    /** Every request from now on fails. */
    void fail(EmbeddingException with) {
        failure = with;
    }

    @Override
    public List<Embedding> embed(List<int[]> prompts, Pooling pooling, RequestTerms terms, Runnable watch)
            throws EmbeddingException {
        poolings.add(pooling);
        if (failure != null) {
            throw failure;
        }
        return prompts.stream()
                .map(prompt -> new Embedding(
                        new float[] {prompt.length, prompt[0], prompt[prompt.length - 1] / 256f}, prompt.length))
                .toList();
    }

    @Override
    public int dimensions() {
        return 3;
    }
}
