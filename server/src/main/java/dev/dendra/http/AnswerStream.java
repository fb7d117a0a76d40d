// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.util.function.Supplier;

/** An answer that is sent while it is generated. For one thread. */
interface AnswerStream {

    /** The engine has taken the request; nothing is generated yet. */
    void begin();

    /**
     * The next piece of a choice.
     *
     * @param usage so far
     */
    void delta(int index, TextDelta delta, Supplier<Usage> usage);

    /** All choices have ended. */
    void end(Usage usage);

    /** The generation failed after something had been sent. */
    void fail(ApiException failure);
}
