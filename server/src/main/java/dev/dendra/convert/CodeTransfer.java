// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.format.GgmlDequantizer;
import dev.dendra.format.GgmlType;
import dev.dendra.format.GgufTensor;
import dev.dendra.format.QuantizedRow;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;

/**
 * Keeps the codes of a quantised tensor and moves them, where both sides share a scale among 32 inputs.
 *
 * <p>Nothing is lost except for Q4_K, whose scales and minimums are products with more bits than half precision has:
 * they are rounded to nearest.
 */
abstract sealed class CodeTransfer implements RowTransfer {
    final GgmlDequantizer source;
    final QuantizedRow coded;

    private CodeTransfer(GgufTensor tensor) {
        source = new GgmlDequantizer(tensor);
        coded = new QuantizedRow(tensor.type(), (int) tensor.columns());
    }

    /** Whether codes of that type can be moved to that encoding. */
    static boolean isPossible(GgmlType from, Encoding to) {
        return switch (to) {
            case U4G32 -> from == GgmlType.Q4_0 || from == GgmlType.Q4_1 || from == GgmlType.Q4_K;
            case I8G32 -> from == GgmlType.Q4_0 || from == GgmlType.Q5_0 || from == GgmlType.Q8_0;
            case F32, BF16, I8 -> false;
        };
    }

    /** A transfer that {@link #isPossible}. */
    static CodeTransfer of(GgufTensor tensor, PanelLayout layout) {
        return switch (layout.encoding()) {
            case U4G32 -> new ToAffine(tensor, layout);
            case I8G32 -> new ToGroups(tensor, layout);
            default ->
                throw new IllegalArgumentException(
                        "no transfer to " + layout.encoding().id());
        };
    }

    /** A scale or minimum in half precision. */
    static short half(float value, int row) {
        if (!Float.isFinite(value)) {
            throw new UnrepresentableWeightException("a scale of row " + row + " is " + value);
        }
        return RowPacker.toFloat16(value);
    }

    private static final class ToGroups extends CodeTransfer {
        private final GroupRowPacker packer;

        ToGroups(GgufTensor tensor, PanelLayout layout) {
            super(tensor);
            packer = new GroupRowPacker(layout);
        }

        @Override
        public void transfer(int row, byte[] panel, int panelRow, PackingError error) {
            source.decode(row, coded);
            for (int group = 0; group < coded.columns() / 32; group++) {
                packer.putScale(panel, panelRow, group, half(coded.scale(group), row));
            }
            for (int k = 0; k < coded.columns(); k++) {
                packer.putCode(panel, panelRow, k, coded.code(k));
            }
        }
    }

    private static final class ToAffine extends CodeTransfer {
        private final AffineRowPacker packer;
        /** What makes codes of Q4_0 unsigned; its minimum makes up for it: {@code scale * -8} is exact. */
        private final int zero;
        /** Whether scales and minimums are half-precision numbers to begin with. */
        private final boolean exact;

        ToAffine(GgufTensor tensor, PanelLayout layout) {
            super(tensor);
            packer = new AffineRowPacker(layout);
            zero = tensor.type() == GgmlType.Q4_0 ? 8 : 0;
            exact = tensor.type() != GgmlType.Q4_K;
        }

        @Override
        public void transfer(int row, byte[] panel, int panelRow, PackingError error) {
            source.decode(row, coded);
            for (int group = 0; group < coded.columns() / 32; group++) {
                float exactScale = coded.scale(group);
                float exactMinimum = coded.minimum(group) - zero * exactScale;
                short scale = half(exactScale, row);
                short minimum = half(exactMinimum, row);
                packer.putScale(panel, panelRow, group, scale, minimum);
                for (int k = group * 32; k < (group + 1) * 32; k++) {
                    packer.putCode(panel, panelRow, k, coded.code(k) + zero);
                }
                if (!exact) {
                    addError(group, Float.float16ToFloat(scale), Float.float16ToFloat(minimum), error);
                }
            }
        }

        private void addError(int group, float scale, float minimum, PackingError error) {
            for (int k = group * 32; k < (group + 1) * 32; k++) {
                float weight = coded.scale(group) * coded.code(k) + coded.minimum(group);
                error.squaredWeights += (double) weight * weight;
                error.squaredDifferences +=
                        RowPacker.squaredDifference(weight, Math.fma(scale, coded.code(k) + zero, minimum));
            }
        }
    }
}
