// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** How an endpoint shows what was generated. One instance serves one request; all of the answer carries the same id. */
interface AnswerFormat {

    /** The whole answer at once. */
    ObjectNode answer(List<TextDelta> choices, Usage usage);

    /** The answer piece by piece, over {@code writer}. */
    AnswerStream stream(SseWriter writer, StreamOptions options);
}
