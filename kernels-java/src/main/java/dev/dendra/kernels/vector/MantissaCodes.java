// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

/**
 * Integer codes as floats without a conversion: the bits of a code go into the mantissa of a number of known exponent,
 * which makes the float {@code offset + code}, exactly. One shift serves two nibbles, and masking and setting the
 * exponent are one instruction on AVX-512. The minimum makes up for the offset:
 * {@code scale * code + minimum = scale * (offset + code) + (minimum - scale * offset)}, where the second term is rounded
 * once for a group.
 *
 * <p>A lane is shifted so that the code begins at mantissa bit 15, and the high nibble of its byte then at bit 19:
 *
 * <ul>
 *   <li>byte 0: left by {@link #LEFT_0}; byte 1: left by {@link #LEFT_1};
 *   <li>byte 2: right by {@link #RIGHT_2}; byte 3: right by {@link #RIGHT_3}.
 * </ul>
 */
final class MantissaCodes {
    static final int LEFT_0 = 15;
    static final int LEFT_1 = 7;
    static final int RIGHT_2 = 1;
    static final int RIGHT_3 = 9;

    /** A low nibble: {@code 256 + code}. */
    static final int LOW_MASK = 0xf << 15;

    static final int LOW_EXPONENT = 0x43800000;
    static final float LOW_OFFSET = 256;

    /** A high nibble: {@code 16 + code}. */
    static final int HIGH_MASK = 0xf << 19;

    static final int HIGH_EXPONENT = 0x41800000;
    static final float HIGH_OFFSET = 16;

    /** A signed byte: its sign bit, turned over by an exclusive or, makes it {@code 256 + (code + 128)}. */
    static final int BYTE_MASK = 0xff << 15;

    static final int BYTE_EXPONENT = 0x43800000 | 0x80 << 15;
    static final float BYTE_OFFSET = 384;

    private MantissaCodes() {}
}
