// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;

/**
 * What a matrix shall become.
 *
 * @param pattern shape of the blocks that live or die as a whole; a sparse one
 * @param density share of blocks that live, above 0 and up to 1
 * @param encoding of the live weights; not f32
 * @param balanced whether each row of blocks (an output with 1x1 and 1x4, a panel with 16x4 and 16x64) keeps as many as
 *     every other; otherwise all blocks of the matrix are ranked together
 */
public record PruningRequest(Pattern pattern, double density, Encoding encoding, boolean balanced) {

    /** Checks what can be asked for. */
    public PruningRequest {
        if (!(density > 0 && density <= 1)) {
            throw new IllegalArgumentException("a density is above 0 and at most 1, got " + density);
        }
        if (!pattern.isSparse() || encoding == Encoding.F32) {
            throw new IllegalArgumentException("no pattern " + pattern.id() + " of " + encoding.id() + " weights");
        }
    }

    /** How many of {@code blocks} live: the nearest number, and one at the least. */
    public int live(int blocks) {
        return Math.clamp(Math.round(density * blocks), 1, blocks);
    }
}
