// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import dev.dendra.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * How a model marks what it thinks before it answers.
 *
 * @param open before the reasoning
 * @param close behind it
 */
public record ReasoningFormat(String open, String close) {
    /** Qwen 3, DeepSeek R1 and those distilled from them, SmolLM3; Magistral. */
    private static final List<ReasoningFormat> KNOWN =
            List.of(new ReasoningFormat("<think>", "</think>"), new ReasoningFormat("[THINK]", "[/THINK]"));

    /** The format of a model whose template or vocabulary has both marks; nothing for a model that does not think. */
    public static Optional<ReasoningFormat> detect(String templateSource, Tokenizer tokenizer) {
        return KNOWN.stream()
                .filter(format -> format.isIn(templateSource) || format.isIn(tokenizer))
                .findFirst();
    }

    private boolean isIn(String templateSource) {
        return templateSource.contains(close) && templateSource.contains(open);
    }

    private boolean isIn(Tokenizer tokenizer) {
        return has(tokenizer, open) && has(tokenizer, close);
    }

    private static boolean has(Tokenizer tokenizer, String spelling) {
        return IntStream.range(0, tokenizer.vocabularySize())
                .anyMatch(token -> tokenizer.spelling(token).equals(spelling));
    }

    /** Whether a prompt ends within reasoning that the model is to go on with. */
    boolean isOpenAtEndOf(String prompt) {
        return prompt.stripTrailing().endsWith(open);
    }
}
