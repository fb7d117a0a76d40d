// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.function.IntConsumer;

/** UTF-8 without a copy of the text. */
final class Utf8 {
    private Utf8() {}

    /** Hands each byte, 0 to 255, of well-formed characters {@code from} to {@code to}, exclusive, to {@code bytes}. */
    static void encode(String text, int from, int to, IntConsumer bytes) {
        for (int at = from; at < to; ) {
            int codePoint = text.codePointAt(at);
            encode(codePoint, bytes);
            at += Character.charCount(codePoint);
        }
    }

    /** Hands each byte, 0 to 255, of a code point to {@code bytes}. */
    static void encode(int codePoint, IntConsumer bytes) {
        if (codePoint < 0x80) {
            bytes.accept(codePoint);
            return;
        }
        if (codePoint < 0x800) {
            bytes.accept(0xC0 | (codePoint >>> 6));
        } else {
            if (codePoint < 0x10000) {
                bytes.accept(0xE0 | (codePoint >>> 12));
            } else {
                bytes.accept(0xF0 | (codePoint >>> 18));
                bytes.accept(0x80 | ((codePoint >>> 12) & 0x3F));
            }
            bytes.accept(0x80 | ((codePoint >>> 6) & 0x3F));
        }
        bytes.accept(0x80 | (codePoint & 0x3F));
    }
}
