// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.EmbeddingService;
import dev.dendra.engine.GenerationService;
import dev.dendra.tokenizer.Tokenizer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A model that a server answers for.
 *
 * @param id the name clients use
 * @param tokenizer its tokenizer
 * @param conversations turns conversations into prompts; null if the model has no chat template, and then there is
 *     no chat
 * @param chatTemplate the template's text, for those who want to render conversations themselves; null if there is none
 * @param service generates
 * @param embeddings turns texts into vectors; null if the engine does not
 * @param created when the model was made or loaded
 */
public record ServedModel(
        String id,
        Tokenizer tokenizer,
        @Nullable ConversationEncoder conversations,
        @Nullable String chatTemplate,
        GenerationService service,
        @Nullable EmbeddingService embeddings,
        Instant created) {

    /** Most tokens of prompt and answer together. */
    public int contextLength() {
        return service.contextLength();
    }

    /**
     * Most tokens of an answer to {@code prompt}: at least one, so that a prompt that fills the context is refused and not
     * answered with nothing.
     */
    int roomAfter(Prompt prompt) {
        return Math.max(1, contextLength() - prompt.tokens().length);
    }
}
