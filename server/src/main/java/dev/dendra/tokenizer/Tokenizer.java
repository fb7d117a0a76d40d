// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.Set;

/** Text to token ids and back. Implementations are immutable and may be shared by threads. */
public interface Tokenizer {

    /** What the characters of a control token's name mean when they occur in text. */
    enum SpecialTokens {
        /** Nothing: they are encoded as ordinary text. The only choice for text from users. */
        AS_TEXT,
        /** The control token itself: for text that a chat template has produced. */
        PARSED
    }

    /**
     * Token ids of {@code text}, without any begin-of-sequence token. Unpaired surrogates count as U+FFFD. Time grows
     * linearly with the text.
     */
    int[] encode(String text, SpecialTokens specialTokens);

    /** The bytes that a token stands for, UTF-8 or a part of it; empty for control tokens. A fresh array. */
    byte[] bytes(int token);

    /** The token as it is spelled in the vocabulary file: {@code <|im_end|>}, {@code Ġthe}. */
    String spelling(int token);

    /** Whether this is a control token, which never appears in text. */
    boolean isControl(int token);

    /** Tokens in the vocabulary; ids are 0 to this, exclusive. */
    int vocabularySize();

    /**
     * Whether {@link #encode} puts a space in front of text, as SentencePiece vocabularies have it; decoding a whole
     * text takes it away again.
     */
    boolean addsSpacePrefix();

    /** Whether the model wants a begin-of-sequence token in front of a text prompt. */
    boolean addsBeginOfSequence();

    /** Begin-of-sequence token, or -1. */
    int beginOfSequence();

    /** End-of-sequence token, or -1. */
    int endOfSequence();

    /** Tokens after which nothing follows: end of sequence, end of turn. */
    Set<Integer> endOfGeneration();
}
