// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Text of a growing sequence of tokens. Bytes of an unfinished code point wait for the rest of it, so that the texts
 * handed out, one after the other, are what the bytes of all tokens decode to at once; bytes that are no UTF-8 become
 * U+FFFD as {@code new String(bytes, UTF_8)} makes them. Not safe for use by several threads.
 */
public final class IncrementalDetokenizer {
    private static final int LONGEST_UNFINISHED = 3;

    private final Tokenizer tokenizer;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] unfinished = new byte[0];
    private boolean dropsSpace;

    private IncrementalDetokenizer(Tokenizer tokenizer, boolean dropsSpace) {
        this.tokenizer = tokenizer;
        this.dropsSpace = dropsSpace;
    }

    /**
     * For tokens that begin a text or follow a control token, such as the turn of an assistant: the space that a
     * SentencePiece vocabulary puts in front of text is taken away again.
     */
    public static IncrementalDetokenizer ofText(Tokenizer tokenizer) {
        return new IncrementalDetokenizer(tokenizer, tokenizer.addsSpacePrefix());
    }

    /** For tokens that go on from a text, such as the completion of a prompt: every space counts. */
    public static IncrementalDetokenizer ofContinuation(Tokenizer tokenizer) {
        return new IncrementalDetokenizer(tokenizer, false);
    }

    /** Takes the next token and returns the text that is complete with it, which may be empty. */
    public String append(int token) {
        byte[] bytes = tokenizer.bytes(token);
        ByteBuffer in = ByteBuffer.allocate(unfinished.length + bytes.length);
        in.put(unfinished).put(bytes).flip();
        if (dropsSpace && in.hasRemaining()) {
            dropsSpace = false;
            if (in.get(0) == ' ') {
                in.get();
            }
        }
        return decode(in, false);
    }

    /** Ends the text: what is left of an unfinished code point, as U+FFFD, else nothing. */
    public String finish() {
        return decode(ByteBuffer.wrap(unfinished), true);
    }

    private String decode(ByteBuffer in, boolean last) {
        CharBuffer out = CharBuffer.allocate(in.remaining() + LONGEST_UNFINISHED);
        decoder.decode(in, out, last);
        if (last) {
            decoder.flush(out);
            decoder.reset();
        }
        unfinished = new byte[in.remaining()];
        in.get(unfinished);
        return out.flip().toString();
    }
}
