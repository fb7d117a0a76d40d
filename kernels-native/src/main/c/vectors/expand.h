/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes panels of sparse matrices as the dense ones that they stand for, over a small set of operations on a line of 64
 * bytes, which the unit that includes this defines:
 *
 *   line                            64 bytes
 *   line_load(p), line_store(p, x)
 *   line_bytes(mask, p)             the bytes at p one after the other where the mask of 64 has bits, zero elsewhere
 *   line_words(mask, p)             the same for 16-bit words and a mask of 32
 *   line_quads(mask, p)             the same for 32-bit words and a mask of 16
 *   line_live_nibbles(mask, p)      line_bytes of the nibbles at p, low ones first
 *   line_quads_of_nibbles(mask, p)  line_quads of the same
 *   line_if(live, p)                the line at p, or zeros
 *   line_nibbles_if(live, p)        the nibbles of 32 bytes at p, or zeros
 *   line_flipped(x)                 x ^ 8 in each byte
 *   line_joined_nibbles(low, high)  bytes of 0 to 15, each pair in one byte
 *
 * Reads up to 64 bytes from the last code on.
 */
#ifndef DENDRA_VECTORS_EXPAND_H
#define DENDRA_VECTORS_EXPAND_H

#include "sparse_lines.h"

/* `quads` quad-lines from `quad` on, whose codes are bytes. Returns where the codes end. */
ALWAYS_INLINE const uint8_t *expand_bytes(const int pattern, const uint8_t *masks, int64_t quad, int64_t quads,
                                          const uint8_t *codes, uint8_t *target) {
    for (int64_t q = quad; q < quad + quads; q++, target += DENDRA_LINE_BYTES) {
        ask_for_codes(codes);
        line_store(target, live_bytes(pattern, masks, q, &codes));
    }
    return codes;
}

ALWAYS_INLINE const uint8_t *expand_bfloats(const int pattern, const uint8_t *masks, int64_t quad, int64_t quads,
                                            const uint8_t *codes, uint8_t *target) {
    for (int64_t q = quad; q < quad + quads; q++) {
        ask_for_codes(codes);
        UNROLLED for (int pair = 0; pair < 2; pair++, target += DENDRA_LINE_BYTES) {
            line_store(target, live_bfloats(pattern, masks, q, pair, &codes));
        }
    }
    return codes;
}

/* Of i8 or bf16. */
ALWAYS_INLINE const uint8_t *expand_some_quads(const int pattern, const dendra_weights *w, const uint8_t *masks,
                                               int64_t quad, int64_t quads, const uint8_t *codes, uint8_t *target) {
    return w->encoding == DENDRA_BF16 ? expand_bfloats(pattern, masks, quad, quads, codes, target)
                                      : expand_bytes(pattern, masks, quad, quads, codes, target);
}

/* A group of u4g32, whose dense lines hold two quad-lines each. */
ALWAYS_INLINE const uint8_t *expand_nibbles(const int pattern, const uint8_t *masks, int64_t quad, const uint8_t *codes,
                                            uint8_t *target) {
    UNROLLED for (int q = 0; q < GROUP_QUADS; q += 2, target += DENDRA_LINE_BYTES) {
        ask_for_codes(codes);
        line low = live_nibbles(pattern, masks, quad + q, &codes);
        line high = live_nibbles(pattern, masks, quad + q + 1, &codes);
        line_store(target, line_joined_nibbles(low, high));
    }
    return codes;
}

/* A block without live codes. */
static void clear_block(int32_t encoding, int64_t block_bytes, uint8_t *target) {
    memset(target, 0, DENDRA_LINE_BYTES);
    memset(target + DENDRA_LINE_BYTES, encoding == DENDRA_U4G32 ? 0x88 : 0, (size_t) (block_bytes - DENDRA_LINE_BYTES));
}

ALWAYS_INLINE void expand_groups(const int encoding, const int pattern, const dendra_weights *w, const uint8_t *masks,
                                 const uint8_t *codes, uint8_t *target) {
    const int64_t block_quads = dendra_block_columns(w) / 4;
    const int64_t block_bytes = dendra_block_bytes(w);
    for (int64_t quad = 0; quad < dendra_quads(w); quad += block_quads, target += block_bytes) {
        if (is_dropped(encoding, pattern, masks, quad)) {
            clear_block(encoding, block_bytes, target);
            continue;
        }
        line_store(target, line_load(codes));
        codes += DENDRA_LINE_BYTES;
        if (pattern == DENDRA_TILES) {
            ask_for_codes(codes);
            memcpy(target + DENDRA_LINE_BYTES, codes, (size_t) (block_bytes - DENDRA_LINE_BYTES));
            codes += block_bytes - DENDRA_LINE_BYTES;
        } else if (encoding == DENDRA_U4G32) {
            codes = expand_nibbles(pattern, masks, quad, codes, target + DENDRA_LINE_BYTES);
        } else {
            codes = expand_bytes(pattern, masks, quad, block_quads, codes, target + DENDRA_LINE_BYTES);
        }
    }
}

ALWAYS_INLINE void expand_pattern(const int pattern, const dendra_weights *w, int64_t panel, uint8_t *target) {
    const live_stream s = live_stream_of(w, panel);
    const uint8_t *masks = s.masks;
    const uint8_t *codes = s.codes;
    switch (w->encoding) {
    case DENDRA_BF16:
        expand_bfloats(pattern, masks, 0, dendra_quads(w), codes, target);
        break;
    case DENDRA_I8:
        line_store(target, line_load(codes));
        expand_bytes(pattern, masks, 0, dendra_quads(w), codes + DENDRA_LINE_BYTES, target + DENDRA_LINE_BYTES);
        break;
    case DENDRA_I8G32:
        expand_groups(DENDRA_I8G32, pattern, w, masks, codes, target);
        break;
    default:
        expand_groups(DENDRA_U4G32, pattern, w, masks, codes, target);
    }
}

/* The panel, whichever pattern it has. */
ALWAYS_INLINE void expand_any(const dendra_weights *w, int64_t panel, uint8_t *target) {
    switch (w->pattern) {
        CASE(DENDRA_UNSTRUCTURED, expand_pattern(DENDRA_UNSTRUCTURED, w, panel, target));
        CASE(DENDRA_QUADS, expand_pattern(DENDRA_QUADS, w, panel, target));
        CASE(DENDRA_LINES, expand_pattern(DENDRA_LINES, w, panel, target));
        CASE(DENDRA_TILES, expand_pattern(DENDRA_TILES, w, panel, target));
    }
}

#endif
