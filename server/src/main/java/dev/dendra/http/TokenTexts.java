// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** How single tokens are shown beside log-probabilities. */
final class TokenTexts {
    /** JSON knows no infinities; this is OpenAI's stand-in for the logarithm of zero. */
    private static final float LOWEST_LOGPROB = -9999;

    private final Tokenizer tokenizer;

    TokenTexts(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * The token's text; the spelling in the vocabulary for control tokens; and {@code bytes:\xe2\x96} for bytes that are
     * not whole UTF-8 characters.
     */
    String text(int token) {
        if (tokenizer.isControl(token)) {
            return tokenizer.spelling(token);
        }
        byte[] bytes = tokenizer.bytes(token);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            StringBuilder escaped = new StringBuilder("bytes:");
            for (byte value : bytes) {
                escaped.append(String.format(Locale.ROOT, "\\x%02x", value));
            }
            return escaped.toString();
        }
    }

    /** The token's bytes. */
    byte[] bytes(int token) {
        return tokenizer.bytes(token);
    }

    /** {@code logprob} as JSON can carry it. */
    static float finite(float logprob) {
        return logprob >= LOWEST_LOGPROB ? logprob : LOWEST_LOGPROB;
    }
}
