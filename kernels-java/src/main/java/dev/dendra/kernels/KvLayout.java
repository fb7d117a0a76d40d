// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Where keys and values of a paged KV cache lie.
 *
 * <p>A block holds {@link #BLOCK_TOKENS} tokens of all layers: {@code [block][layer][piece]}. So tokens that come to untouched
 * memory touch one or two huge pages, not as many as there are layers: zeroing those takes the system a tenth of a second and
 * more, in the middle of a step. In each layer a block has pieces, for each KV head one of keys, then for each one of values,
 * all of {@link #headBytes()}. In a piece lie, transposed so that tokens sit in lanes and a score needs no horizontal sum,
 *
 * <table>
 *   <caption>elements of a piece</caption>
 *   <tr><th>type<th>before<th>keys<th>values
 *   <tr><td>f32<td><td>{@code [headDimension][32]}<td>{@code [32][headDimension]}
 *   <tr><td>bf16<td><td>{@code [headDimension][16][2]}: tokens i, i + 16<td>{@code [16][headDimension][2]}: tokens 2i, 2i + 1
 *   <tr><td>int8<td>f32 scales {@code [32]}<td>{@code [headDimension][32]}<td>{@code [32][headDimension]}
 * </table>
 *
 * Two elements in bf16 thus share 32 bits, which become two registers of floats by a shift and a logical instruction.
 *
 * @param type of the elements
 * @param layers Transformer blocks
 * @param kvHeads heads of keys and values
 * @param headDimension elements of a head
 * @param blocks blocks in the pool
 */
public record KvLayout(KvType type, int layers, int kvHeads, int headDimension, int blocks) {

    /** Tokens in a block. */
    public static final int BLOCK_TOKENS = 32;

    /** Multiple of a piece's bytes: a cache line. */
    private static final int PIECE_ALIGNMENT = 64;

    private static final int HALF = BLOCK_TOKENS / 2;

    /** Checks the shape. */
    public KvLayout {
        if (layers < 1 || kvHeads < 1 || headDimension < 1 || blocks < 1) {
            throw new IllegalArgumentException("no KV cache of " + layers + " layers, " + kvHeads + " heads of "
                    + headDimension + ", " + blocks + " blocks");
        }
    }

    /** Bytes of a piece: the keys, or the values, of one head in one block. */
    public long headBytes() {
        long bytes = scaleBytes() + (long) BLOCK_TOKENS * headDimension * type.elementBytes();
        return (bytes + PIECE_ALIGNMENT - 1) / PIECE_ALIGNMENT * PIECE_ALIGNMENT;
    }

    /** Bytes of the scales that a piece begins with, one for each token. */
    public int scaleBytes() {
        return type == KvType.INT8 ? BLOCK_TOKENS * Float.BYTES : 0;
    }

    /** Bytes of one layer of a block. */
    public long layerBytes() {
        return 2L * kvHeads * headBytes();
    }

    /** Bytes of a block. */
    public long blockBytes() {
        return layers * layerBytes();
    }

    /** Byte offset of the piece of a head's keys. */
    public long keyOffset(int layer, int block, int kvHead) {
        return ((long) block * layers + layer) * layerBytes() + kvHead * headBytes();
    }

    /** Byte offset of the piece of a head's values. */
    public long valueOffset(int layer, int block, int kvHead) {
        return keyOffset(layer, block, kvHeads + kvHead);
    }

    /** Byte offset, from the start of a piece of keys, of element {@code d} of the token in {@code slot}. */
    public long keyElement(int slot, int d) {
        int token = type == KvType.BF16 ? slot % HALF * 2 + slot / HALF : slot;
        return scaleBytes() + ((long) d * BLOCK_TOKENS + token) * type.elementBytes();
    }

    /** Byte offset, from the start of a piece of values, of element {@code d} of the token in {@code slot}. */
    public long valueElement(int slot, int d) {
        long element = type == KvType.BF16
                ? ((long) (slot / 2) * headDimension + d) * 2 + slot % 2
                : (long) slot * headDimension + d;
        return scaleBytes() + element * type.elementBytes();
    }

    /** Byte offset, from the start of a piece, of the scale of the token in {@code slot}; only with {@link KvType#INT8}. */
    public long scale(int slot) {
        return (long) slot * Float.BYTES;
    }

    /** Bytes of the whole pool. */
    public long bytes() {
        return Math.multiplyExact(blockBytes(), (long) blocks);
    }

    /** Bytes that one token takes over all layers. */
    public long bytesPerToken() {
        return blockBytes() / BLOCK_TOKENS;
    }

    /**
     * Copies a block.
     *
     * @param cache the whole pool, {@link #bytes()}
     */
    public void copyBlock(MemorySegment cache, int from, int to) {
        MemorySegment.copy(cache, keyOffset(0, from, 0), cache, keyOffset(0, to, 0), blockBytes());
    }
}
