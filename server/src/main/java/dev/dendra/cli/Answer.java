// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.time.Duration;
import java.util.Locale;

/**
 * A generated text and what it took.
 *
 * @param text all of it
 * @param promptTokens tokens of the prompt
 * @param generatedTokens tokens generated, the one that ended the text included
 * @param firstTokenAfter from the request to the first token
 * @param decodeTime from the first token to the last
 */
record Answer(String text, int promptTokens, int generatedTokens, Duration firstTokenAfter, Duration decodeTime) {

    /** One line with the speeds; the first token counts as the prompt's. */
    String speeds() {
        double promptSeconds = firstTokenAfter.toNanos() / 1e9;
        double decodeSeconds = decodeTime.toNanos() / 1e9;
        int decoded = Math.max(0, generatedTokens - 1);
        return String.format(
                Locale.ROOT,
                "prompt: %d tokens, %.1f tokens/s; first token after %.0f ms; decode: %d tokens, %s",
                promptTokens,
                promptTokens / Math.max(promptSeconds, 1e-9),
                promptSeconds * 1e3,
                decoded,
                decoded == 0
                        ? "too few to time"
                        : String.format(Locale.ROOT, "%.1f tokens/s", decoded / decodeSeconds));
    }
}
