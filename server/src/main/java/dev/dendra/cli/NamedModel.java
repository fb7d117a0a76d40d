// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.chat.ChatDialect;
import dev.dendra.chat.ToolCallFormat;
import dev.dendra.format.ModelFormatException;
import dev.dendra.http.ConversationEncoder;
import dev.dendra.http.ServedModel;
import java.time.Instant;
import java.util.Optional;

/**
 * A model to serve.
 *
 * @param id name under which clients ask for it
 * @param opened stays the caller's to close
 * @param toolFormat how it writes calls of tools; nothing to go by its template
 */
record NamedModel(String id, OpenedModel opened, Optional<ToolCallFormat> toolFormat) {
    private static final String CHAT_TEMPLATE = "tokenizer.chat_template";

    /** A model that writes calls of tools as its template shows. */
    NamedModel(String id, OpenedModel opened) {
        this(id, opened, Optional.empty());
    }

    /** What the HTTP server has to know of it while {@code service} generates and {@code embeddings} embed. */
    ServedModel served(DeferredService service, DeferredEmbeddings embeddings) throws ModelFormatException {
        String template =
                opened.chatTemplate().isPresent() ? opened.source().metadata().string(CHAT_TEMPLATE) : null;
        return new ServedModel(
                id,
                opened.tokenizer(),
                opened.chatTemplate()
                        .map(known -> ConversationEncoder.of(ChatDialect.of(known, opened.tokenizer(), toolFormat)))
                        .orElse(null),
                template,
                service,
                embeddings,
                Instant.now());
    }
}
