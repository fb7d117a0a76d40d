// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.format.ModelFormatException;
import dev.dendra.http.ConversationEncoder;
import dev.dendra.http.ServedModel;
import java.time.Instant;

/**
 * A model to serve.
 *
 * @param id name under which clients ask for it
 * @param opened stays the caller's to close
 */
record NamedModel(String id, OpenedModel opened) {
    private static final String CHAT_TEMPLATE = "tokenizer.chat_template";

    /** What the HTTP server has to know of it while {@code service} generates. */
    ServedModel served(DeferredService service) throws ModelFormatException {
        String template =
                opened.chatTemplate().isPresent() ? opened.source().metadata().string(CHAT_TEMPLATE) : null;
        return new ServedModel(
                id,
                opened.tokenizer(),
                opened.chatTemplate().map(ConversationEncoder::of).orElse(null),
                template,
                service,
                null,
                Instant.now());
    }
}
