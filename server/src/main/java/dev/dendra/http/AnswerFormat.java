// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** How an endpoint shows choices to its clients. One instance serves one request; all of it carries the same id. */
interface AnswerFormat {

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
}
