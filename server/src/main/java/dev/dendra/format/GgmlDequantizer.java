// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Turns rows of one GGUF tensor into single precision. No product or sum here rounds more often than the format's
 * definition: codes times scales fit into 24 bits, so only the addition of a minimum rounds.
 *
 * <p>Block formats: {@code ggml-common.h} of the ggml project. Not thread-safe: it holds the bytes of a row.
 */
public final class GgmlDequantizer {
    private final GgufTensor tensor;
    private final int columns;
    private final byte[] bytes;

    /**
     * A dequantiser for {@code tensor}.
     *
     * @throws IllegalArgumentException if a row is too long for an array
     */
    public GgmlDequantizer(GgufTensor tensor) {
        long rowBytes = tensor.type().rowBytes(tensor.columns());
        if (tensor.columns() > Integer.MAX_VALUE - 64 || rowBytes > Integer.MAX_VALUE - 64) {
            throw new IllegalArgumentException("tensor '" + tensor.name() + "' has rows of " + tensor.columns());
        }
        this.tensor = tensor;
        this.columns = (int) tensor.columns();
        this.bytes = new byte[(int) rowBytes];
    }

    /** Writes row {@code row} to {@code values[0 .. columns]}. */
    public void dequantize(long row, float[] values) {
        if (tensor.type().isQuantized()) {
            QuantizedRow coded = new QuantizedRow(tensor.type(), columns);
            decode(row, coded);
            dequantize(coded, values);
            return;
        }
        read(row);
        switch (tensor.type()) {
            case F32 -> {
                for (int i = 0; i < columns; i++) {
                    values[i] = Float.intBitsToFloat(int32(i * Float.BYTES));
                }
            }
            case F16 -> {
                for (int i = 0; i < columns; i++) {
                    values[i] = float16(i * Short.BYTES);
                }
            }
            case BF16 -> {
                for (int i = 0; i < columns; i++) {
                    values[i] = Float.intBitsToFloat(int16(i * Short.BYTES) << 16);
                }
            }
            default -> throw new IllegalArgumentException("no floating-point type " + tensor.type());
        }
    }

    /** Writes what a decoded row stands for to {@code values[0 .. columns]}. */
    public static void dequantize(QuantizedRow row, float[] values) {
        int groupSize = row.groupSize();
        for (int group = 0; group < row.scales.length; group++) {
            float scale = row.scales[group];
            float minimum = row.minimums[group];
            for (int k = group * groupSize; k < (group + 1) * groupSize; k++) {
                values[k] = scale * row.codes[k] + minimum;
            }
        }
    }

    /**
     * Takes row {@code row} of a quantised tensor apart.
     *
     * @throws IllegalArgumentException if the tensor is not quantised
     */
    public void decode(long row, QuantizedRow into) {
        read(row);
        int blockBytes = tensor.type().blockBytes();
        for (int block = 0; block < bytes.length / blockBytes; block++) {
            int at = block * blockBytes;
            switch (tensor.type()) {
                case Q4_0 -> nibbles(at, block, 8, false, into);
                case Q4_1 -> nibbles(at, block, 0, true, into);
                case Q5_0 -> fiveBits(at, block, 16, false, into);
                case Q5_1 -> fiveBits(at, block, 0, true, into);
                case Q8_0 -> {
                    into.scales[block] = float16(at);
                    System.arraycopy(bytes, at + 2, into.codes, block * 32, 32);
                }
                case Q4_K -> superBlock(at, block, false, into);
                case Q5_K -> superBlock(at, block, true, into);
                case Q6_K -> sixBits(at, block, into);
                default -> throw new IllegalArgumentException("no quantised type " + tensor.type());
            }
        }
    }

    private void read(long row) {
        MemorySegment.copy(tensor.data(), ValueLayout.JAVA_BYTE, row * bytes.length, bytes, 0, bytes.length);
    }

    /** Scale, minimum if any, then 16 bytes: element i in the low nibble of byte i, element i + 16 in the high one. */
    private void nibbles(int at, int block, int zero, boolean hasMinimum, QuantizedRow into) {
        into.scales[block] = float16(at);
        into.minimums[block] = hasMinimum ? float16(at + 2) : 0;
        int codes = at + (hasMinimum ? 4 : 2);
        int to = block * 32;
        for (int i = 0; i < 16; i++) {
            int pair = bytes[codes + i];
            into.codes[to + i] = (byte) (bits(pair, 0, 4) - zero);
            into.codes[to + i + 16] = (byte) (bits(pair, 4, 4) - zero);
        }
    }

    /** As {@link #nibbles}, with 32 fifth bits before the nibbles. */
    private void fiveBits(int at, int block, int zero, boolean hasMinimum, QuantizedRow into) {
        into.scales[block] = float16(at);
        into.minimums[block] = hasMinimum ? float16(at + 2) : 0;
        int high = at + (hasMinimum ? 4 : 2);
        int fifthBits = int32(high);
        int to = block * 32;
        for (int i = 0; i < 16; i++) {
            int pair = bytes[high + 4 + i];
            into.codes[to + i] = (byte) (bits(pair, 0, 4) + 16 * bits(fifthBits, i, 1) - zero);
            into.codes[to + i + 16] = (byte) (bits(pair, 4, 4) + 16 * bits(fifthBits, i + 16, 1) - zero);
        }
    }

    /**
     * Q4_K and Q5_K: two f16, twelve bytes of 6-bit scales and minimums for eight groups, for Q5_K 32 bytes with the
     * fifth bits (bit g of byte i for element i of group g), 128 bytes of nibbles: groups 2j and 2j + 1 share 32 bytes.
     */
    private void superBlock(int at, int block, boolean fifthBit, QuantizedRow into) {
        float scale = float16(at);
        float minimum = float16(at + 2);
        int packed = at + 4;
        int high = packed + 12;
        int low = fifthBit ? high + 32 : high;
        for (int group = 0; group < 8; group++) {
            int groupScale;
            int groupMinimum;
            if (group < 4) {
                groupScale = bits(bytes[packed + group], 0, 6);
                groupMinimum = bits(bytes[packed + group + 4], 0, 6);
            } else {
                int shared = bytes[packed + group + 4];
                groupScale = bits(shared, 0, 4) + 16 * bits(bytes[packed + group - 4], 6, 2);
                groupMinimum = bits(shared, 4, 4) + 16 * bits(bytes[packed + group], 6, 2);
            }
            into.scales[block * 8 + group] = scale * groupScale;
            into.minimums[block * 8 + group] = -(minimum * groupMinimum);
            int to = block * 256 + group * 32;
            int shift = group % 2 * 4;
            for (int i = 0; i < 32; i++) {
                int code = bits(bytes[low + group / 2 * 32 + i], shift, 4);
                if (fifthBit) {
                    code += 16 * bits(bytes[high + i], group, 1);
                }
                into.codes[to + i] = (byte) code;
            }
        }
    }

    /**
     * Q6_K: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales for 16 elements each, one f16.
     * Each half of 128 elements has 64 low and 32 upper bytes; quarter q of a half takes bits 2q of the upper ones.
     */
    private void sixBits(int at, int block, QuantizedRow into) {
        float scale = float16(at + 208);
        for (int group = 0; group < 16; group++) {
            into.scales[block * 16 + group] = scale * bytes[at + 192 + group];
        }
        for (int half = 0; half < 2; half++) {
            int low = at + half * 64;
            int high = at + 128 + half * 32;
            for (int quarter = 0; quarter < 4; quarter++) {
                int to = block * 256 + half * 128 + quarter * 32;
                for (int i = 0; i < 32; i++) {
                    int nibble = bits(bytes[low + quarter % 2 * 32 + i], quarter / 2 * 4, 4);
                    into.codes[to + i] = (byte) (nibble + 16 * bits(bytes[high + i], quarter * 2, 2) - 32);
                }
            }
        }
    }

    private static int bits(int value, int from, int count) {
        return (value >> from) & ((1 << count) - 1);
    }

    private float float16(int at) {
        return Float.float16ToFloat(int16(at));
    }

    private short int16(int at) {
        return (short) ((bytes[at] & 0xFF) | (bytes[at + 1] << 8));
    }

    private int int32(int at) {
        return (int16(at) & 0xFFFF) | (int16(at + 2) << 16);
    }
}
