// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import org.jspecify.annotations.Nullable;

/** The tensor types of GGUF files that can be read, with the size of their blocks. */
public enum GgmlType {
    /** IEEE single precision. */
    F32(0, 1, 4),
    /** IEEE half precision. */
    F16(1, 1, 2),
    /** 4-bit codes around 8, one f16 scale for 32. */
    Q4_0(2, 32, 18),
    /** Unsigned 4-bit codes, an f16 scale and minimum for 32. */
    Q4_1(3, 32, 20),
    /** 5-bit codes around 16, one f16 scale for 32. */
    Q5_0(6, 32, 22),
    /** Unsigned 5-bit codes, an f16 scale and minimum for 32. */
    Q5_1(7, 32, 24),
    /** Signed 8-bit codes, one f16 scale for 32. */
    Q8_0(8, 32, 34),
    /** Unsigned 4-bit codes, 6-bit scales and minimums for 32, themselves scaled by two f16 for 256. */
    Q4_K(12, 256, 144),
    /** Unsigned 5-bit codes, 6-bit scales and minimums for 32, themselves scaled by two f16 for 256. */
    Q5_K(13, 256, 176),
    /** 6-bit codes around 32, 8-bit scales for 16, themselves scaled by one f16 for 256. */
    Q6_K(14, 256, 210),
    /** bfloat16. */
    BF16(30, 1, 2);

    private final int id;
    private final int blockElements;
    private final int blockBytes;

    GgmlType(int id, int blockElements, int blockBytes) {
        this.id = id;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** The number that stands for this type in a file. */
    public int id() {
        return id;
    }

    /** Consecutive elements of a row that are coded together. */
    public int blockElements() {
        return blockElements;
    }

    /** Bytes of one block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether weights are integer codes with scales, not floating-point numbers. */
    public boolean isQuantized() {
        return blockElements > 1;
    }

    /** Bytes of a row of {@code columns} elements, a multiple of {@link #blockElements()}. */
    public long rowBytes(long columns) {
        return Math.multiplyExact(columns / blockElements, (long) blockBytes);
    }

    /** The type of that number, or null where it cannot be read. */
    static @Nullable GgmlType ofId(int id) {
        for (GgmlType type : values()) {
            if (type.id == id) {
                return type;
            }
        }
        return null;
    }

    /** What GGML calls a type that cannot be read, for messages. */
    static String nameOf(int id) {
        return switch (id) {
            case 4 -> "Q4_2";
            case 5 -> "Q4_3";
            case 9 -> "Q8_1";
            case 10 -> "Q2_K";
            case 11 -> "Q3_K";
            case 15 -> "Q8_K";
            case 16 -> "IQ2_XXS";
            case 17 -> "IQ2_XS";
            case 18 -> "IQ3_XXS";
            case 19 -> "IQ1_S";
            case 20 -> "IQ4_NL";
            case 21 -> "IQ3_S";
            case 22 -> "IQ2_S";
            case 23 -> "IQ4_XS";
            case 24 -> "I8";
            case 25 -> "I16";
            case 26 -> "I32";
            case 27 -> "I64";
            case 28 -> "F64";
            case 29 -> "IQ1_M";
            case 34 -> "TQ1_0";
            case 35 -> "TQ2_0";
            case 39 -> "MXFP4";
            default -> "number " + Integer.toUnsignedString(id);
        };
    }
}
