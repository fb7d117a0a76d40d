// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How byte-level vocabularies spell bytes: printable Latin-1 as itself, every other byte as a character from U+0100 on,
 * in order (GPT-2's encoder).
 */
final class ByteAlphabet {
    private static final int SIZE = 256;
    private static final int LAST = 2 * SIZE;
    private static final char[] CHARACTERS = new char[SIZE];
    private static final short[] BYTES = new short[LAST];

    static {
        Arrays.fill(BYTES, (short) -1);
        char spare = SIZE;
        for (int b = 0; b < SIZE; b++) {
            CHARACTERS[b] = isPrintable(b) ? (char) b : spare++;
            BYTES[CHARACTERS[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    private static boolean isPrintable(int b) {
        return (b > ' ' && b < 0x7F) || (b > 0xA0 && b != 0xAD);
    }

    /** The character that spells a byte, 0 to 255. */
    static char character(int value) {
        return CHARACTERS[value];
    }

    /** The byte that a character spells, 0 to 255, or -1. */
    static int value(char character) {
        return character < LAST ? BYTES[character] : -1;
    }

    /** The bytes that {@code spelling} spells, or null when one of its characters spells none. */
    static byte @Nullable [] bytes(String spelling) {
        byte[] bytes = new byte[spelling.length()];
        for (int i = 0; i < bytes.length; i++) {
            int value = value(spelling.charAt(i));
            if (value < 0) {
                return null;
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }
}
