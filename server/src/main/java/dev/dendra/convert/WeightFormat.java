// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.format.TensorDescription;
import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What the matrices of a made-up model look like.
 *
 * @param encoding of every matrix; empty for what a GGUF of type Q4_0 becomes: its quantiser gives the output head to
 *     Q6_K, the rest to Q4_0, which are packed as {@code i8g32} and {@code u4g32}
 * @param pattern of the matrices of the Transformer blocks
 * @param density live share of their weights, above 0 to 1
 */
public record WeightFormat(Optional<Encoding> encoding, Pattern pattern, double density) {

    /** Checks the density. */
    public WeightFormat {
        if (!(density > 0 && density <= 1) || (density < 1 && !pattern.isSparse())) {
            throw new IllegalArgumentException("density " + density + " of pattern " + pattern.id());
        }
        if (pattern.isSparse() && encoding.isPresent() && encoding.get() == Encoding.F32) {
            throw new IllegalArgumentException("f32 weights have no pattern " + pattern.id());
        }
    }

    /** With every weight. */
    public static WeightFormat dense(Optional<Encoding> encoding) {
        return new WeightFormat(encoding, Pattern.DENSE, 1);
    }

    Encoding bodyEncoding() {
        return encoding.orElse(Encoding.U4G32);
    }

    Encoding headEncoding() {
        return encoding.orElse(Encoding.I8G32);
    }

    /** A matrix of a Transformer block. */
    TensorDescription describe(String tensor, int rows, int columns) {
        List<Integer> shape = List.of(rows, columns);
        if (!pattern.isSparse()) {
            return new TensorDescription(tensor, bodyEncoding(), shape, SyntheticModel.SOURCE_TYPE, 0);
        }
        BlockMask live = mask(tensor, rows, columns);
        long bytes = SparsePacker.bytes(new PanelLayout(bodyEncoding(), rows, columns), live);
        return new TensorDescription(
                tensor, bodyEncoding(), pattern, live.density(), shape, bytes, SyntheticModel.SOURCE_TYPE, 0);
    }

    /** Random blocks, as many for each output, or each panel of outputs; seeded by the tensor's name. */
    BlockMask mask(String tensor, int rows, int columns) {
        SplittableRandom random = new SplittableRandom(tensor.hashCode());
        BlockMask mask = new BlockMask(pattern, rows, columns);
        int[] order = new int[mask.columnBlocks()];
        int live = (int) Math.max(1, Math.rint(density * order.length));
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        for (int row = 0; row < mask.rowBlocks(); row++) {
            for (int i = 0; i < live; i++) {
                int other = random.nextInt(i, order.length);
                int block = order[other];
                order[other] = order[i];
                order[i] = block;
                mask.set(row, block, true);
            }
        }
        return mask;
    }
}
