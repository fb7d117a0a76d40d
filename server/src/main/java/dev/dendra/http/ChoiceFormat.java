// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** An answer that is a list of choices: completions and chat completions. */
interface ChoiceFormat extends AnswerFormat {

    /** The whole answer but for {@code choices} and {@code usage}. */
    ObjectNode answerEnvelope();

    /** A choice of a whole answer. */
    ObjectNode choice(int index, TextDelta whole);

    /** A chunk of a streamed answer but for {@code choices} and {@code usage}. */
    ObjectNode chunkEnvelope();

    /**
     * A choice of a chunk.
     *
     * @param first whether this is the choice's first chunk
     */
    ObjectNode chunkChoice(int index, TextDelta delta, boolean first);

    @Override
    default ObjectNode answer(List<TextDelta> choices, Usage usage) {
        ObjectNode answer = answerEnvelope();
        ArrayNode list = answer.putArray("choices");
        for (int i = 0; i < choices.size(); i++) {
            list.add(choice(i, choices.get(i)));
        }
        answer.set("usage", usage.toJson());
        return answer;
    }

    @Override
    default AnswerStream stream(SseWriter writer, StreamOptions options) {
        return new ChunkStream(this, writer, options);
    }
}
