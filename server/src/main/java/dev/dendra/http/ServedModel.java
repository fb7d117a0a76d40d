// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.GenerationService;
import dev.dendra.tokenizer.Tokenizer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The model that a server answers for.
 *
 * @param id the name clients use
 * @param tokenizer its tokenizer
 * @param conversations turns conversations into prompts; null if the model has no chat template, and then there is
 *     no chat
 * @param service generates
 * @param created when the model was made or loaded
 */
public record ServedModel(
        String id,
        Tokenizer tokenizer,
        @Nullable ConversationEncoder conversations,
        GenerationService service,
        Instant created) {

    /** Most tokens of prompt and answer together. */
    public int contextLength() {
        return service.contextLength();
    }
}
