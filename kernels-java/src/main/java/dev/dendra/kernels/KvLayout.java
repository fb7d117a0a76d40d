// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

/**
 * Where keys and values of a paged KV cache lie, in single precision.
 *
 * <p>A block holds {@link #BLOCK_TOKENS} tokens of one layer. Inside it, for each KV head, the keys as
 * {@code [headDimension][32]} (transposed, so that tokens sit in lanes and a score needs no horizontal sum), then for
 * each KV head the values as {@code [32][headDimension]}. Layers are outermost: {@code [layer][block][...]}.
 *
 * @param layers Transformer blocks
 * @param kvHeads heads of keys and values
 * @param headDimension elements of a head
 * @param blocks blocks in the pool
 */
public record KvLayout(int layers, int kvHeads, int headDimension, int blocks) {

    /** Tokens in a block. */
    public static final int BLOCK_TOKENS = 32;

    /** Checks the shape. */
    public KvLayout {
        if (layers < 1 || kvHeads < 1 || headDimension < 1 || blocks < 1) {
            throw new IllegalArgumentException("no KV cache of " + layers + " layers, " + kvHeads + " heads of "
                    + headDimension + ", " + blocks + " blocks");
        }
    }

    /** Bytes of the keys (or of the values) of one head in one block. */
    public long headBytes() {
        return (long) BLOCK_TOKENS * headDimension * Float.BYTES;
    }

    /** Bytes of one block of one layer. */
    public long blockBytes() {
        return 2L * kvHeads * headBytes();
    }

    /** Byte offset of a head's keys, {@code [headDimension][32]}. */
    public long keyOffset(int layer, int block, int kvHead) {
        return ((long) layer * blocks + block) * blockBytes() + kvHead * headBytes();
    }

    /** Byte offset of a head's values, {@code [32][headDimension]}. */
    public long valueOffset(int layer, int block, int kvHead) {
        return keyOffset(layer, block, kvHeads + kvHead);
    }

    /** Bytes of the whole pool. */
    public long bytes() {
        return Math.multiplyExact(blockBytes(), (long) layers * blocks);
    }

    /** Bytes that one token takes over all layers. */
    public long bytesPerToken() {
        return blockBytes() * layers / BLOCK_TOKENS;
    }
}
