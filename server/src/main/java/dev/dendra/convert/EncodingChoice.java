// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.format.GgmlDequantizer;
import dev.dendra.format.GgmlType;
import dev.dendra.format.GgufTensor;
import dev.dendra.format.QuantizedRow;
import dev.dendra.tensor.Encoding;

/**
 * The encoding that a matrix gets where none was asked for: the smallest that keeps its weights, or comes nearest.
 *
 * <table>
 * <caption>Encodings by GGUF type</caption>
 * <tr><th>type</th><th>encoding</th><th>what is lost</th></tr>
 * <tr><td>F32</td><td>f32</td><td>nothing</td></tr>
 * <tr><td>BF16</td><td>bf16</td><td>nothing</td></tr>
 * <tr><td>F16</td><td>bf16</td><td>three bits of the significand</td></tr>
 * <tr><td>Q4_0, Q4_1</td><td>u4g32</td><td>nothing; a Q4_0 tensor with a scale beyond 8188, whose minimum half
 * precision cannot hold, becomes i8g32, also without loss</td></tr>
 * <tr><td>Q5_0, Q8_0</td><td>i8g32</td><td>nothing</td></tr>
 * <tr><td>Q4_K</td><td>u4g32</td><td>scales and minimums are rounded to half precision</td></tr>
 * <tr><td>Q5_1, Q5_K, Q6_K</td><td>i8g32</td><td>weights are rounded to the nearest of 255 levels in 32</td></tr>
 * </table>
 */
public final class EncodingChoice {
    private static final float LARGEST_FLOAT16 = 65504;

    private EncodingChoice() {}

    /** The encoding for a matrix. */
    public static Encoding of(GgufTensor tensor) {
        return switch (tensor.type()) {
            case F32 -> Encoding.F32;
            case F16, BF16 -> Encoding.BF16;
            case Q4_0 -> minimumsFit(tensor) ? Encoding.U4G32 : Encoding.I8G32;
            case Q4_1, Q4_K -> Encoding.U4G32;
            case Q5_0, Q5_1, Q5_K, Q6_K, Q8_0 -> Encoding.I8G32;
        };
    }

    private static boolean minimumsFit(GgufTensor tensor) {
        GgmlDequantizer source = new GgmlDequantizer(tensor);
        QuantizedRow row = new QuantizedRow(GgmlType.Q4_0, (int) tensor.columns());
        for (long index = 0; index < tensor.rows(); index++) {
            source.decode(index, row);
            for (int group = 0; group < row.columns() / row.groupSize(); group++) {
                if (Math.abs(row.scale(group)) * 8 > LARGEST_FLOAT16) {
                    return false;
                }
            }
        }
        return true;
    }
}
