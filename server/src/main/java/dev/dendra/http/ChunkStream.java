// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

/** Choices as a stream of chunks, each a piece of one choice. Nothing is sent before the first piece exists. */
final class ChunkStream implements AnswerStream {
    private final ChoiceFormat format;
    private final SseWriter writer;
    private final StreamOptions options;
    private final Set<Integer> begun = new HashSet<>();

    ChunkStream(ChoiceFormat format, SseWriter writer, StreamOptions options) {
        this.format = format;
        this.writer = writer;
        this.options = options;
    }

    @Override
    public void begin() {
        // Clients take the first chunk for the first token.
    }

    @Override
    public void delta(int index, TextDelta delta, Supplier<Usage> usage) {
        ObjectNode chunk = format.chunkEnvelope();
        chunk.putArray("choices").add(format.chunkChoice(index, delta, begun.add(index)));
        if (options.continuousUsage()) {
            chunk.set("usage", usage.get().toJson());
        } else if (options.includeUsage()) {
            chunk.putNull("usage");
        }
        writer.data(chunk);
    }

    @Override
    public void end(Usage usage) {
        if (options.includeUsage()) {
            ObjectNode chunk = format.chunkEnvelope();
            chunk.putArray("choices");
            chunk.set("usage", usage.toJson());
            writer.data(chunk);
        }
    }

    @Override
    public void fail(ApiException failure) {
        writer.error(failure);
    }
}
