// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

import java.util.Locale;

/** How the weights of one matrix are coded. The placement of the codes is {@link PanelLayout}'s business. */
public enum Encoding {
    /** IEEE single precision, lines of {@code [1][16]}. */
    F32(32, 0),
    /** bfloat16, lines of {@code [16][2]}: the even input in the low half of each 32-bit lane. */
    BF16(16, 0),
    /** Signed 8 bit with one single-precision scale per output: {@code w = code * scale}. */
    I8(8, 0),
    /** Signed 8 bit with one half-precision scale per output and 32 inputs; GGUF Q8_0 is this. */
    I8G32(8, 32),
    /**
     * Unsigned 4 bit with a half-precision scale and minimum per output and 32 inputs:
     * {@code w = fma(scale, code, minimum)}; GGUF Q4_1 and Q4_0 are this.
     */
    U4G32(4, 32);

    private final int codeBits;
    private final int groupSize;

    Encoding(int codeBits, int groupSize) {
        this.codeBits = codeBits;
        this.groupSize = groupSize;
    }

    /** Bits of one code. */
    public int codeBits() {
        return codeBits;
    }

    /** Inputs that share a scale, or 0 where scales do not run along the inputs. */
    public int groupSize() {
        return groupSize;
    }

    /** Whether activations rounded to int8 can be multiplied with these codes in integers. */
    public boolean isInteger() {
        return this == I8 || this == I8G32 || this == U4G32;
    }

    /** Lower-case name as in file manifests, options and metrics: {@code u4g32}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The encoding of that name.
     *
     * @throws IllegalArgumentException naming the known encodings
     */
    public static Encoding ofId(String id) {
        for (Encoding encoding : values()) {
            if (encoding.id().equals(id)) {
                return encoding;
            }
        }
        throw new IllegalArgumentException("unknown encoding '" + id + "'; known: f32, bf16, i8, i8g32, u4g32");
    }
}
