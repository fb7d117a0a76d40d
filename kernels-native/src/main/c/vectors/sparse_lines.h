/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quad-lines of a sparse panel, one after the other, over the operations that expand.h lists. Each function moves `codes`
 * to the next quad-line's.
 */
#ifndef DENDRA_VECTORS_SPARSE_LINES_H
#define DENDRA_VECTORS_SPARSE_LINES_H

#include "../matmul.h"
#include "../sparse.h"
#include "unroll.h"

/* The masks of a panel while they are read, and its codes. */
typedef struct live_stream {
    const uint8_t *masks;
    const uint8_t *codes;
    const uint8_t *end;
} live_stream;

/* While the codes before were read what comes next was asked for, but for as much as the masks take. */
ALWAYS_INLINE live_stream live_stream_of(const dendra_weights *w, int64_t panel) {
    live_stream s = {dendra_masks(w, panel), dendra_live_blocks(w, panel), dendra_sparse_end(w)};
    for (const uint8_t *p = s.masks; p < s.codes; p += DENDRA_LINE_BYTES) {
        __builtin_prefetch(p + PREFETCH_BYTES);
    }
    return s;
}

ALWAYS_INLINE void ask_for_codes(const uint8_t *codes) { __builtin_prefetch(codes + PREFETCH_BYTES); }

/* Whether a quad-line of 16x4 or 16x64 lives. */
ALWAYS_INLINE int is_live(const int pattern, const uint8_t *masks, int64_t quad) {
    return dendra_mask_bit(masks, pattern == DENDRA_LINES ? quad : quad / TILE_QUADS);
}

/* Whether the block of a group encoding that begins with `quad` is not stored. */
ALWAYS_INLINE bool is_dropped(const int encoding, const int pattern, const uint8_t *masks, int64_t quad) {
    if (pattern == DENDRA_TILES) {
        return !is_live(pattern, masks, quad);
    }
    return pattern == DENDRA_LINES
           && (encoding == DENDRA_U4G32 ? masks[quad / 8] == 0 : dendra_mask16(masks, quad / 16) == 0);
}

/*
 * A mask, of which the compiler must not know where it was nor how long it is. It would load it once more into a mask
 * register, which is slow, and count bits in 16 bits of a register, so that the number waits for the rest of it, which was
 * where the line before ended.
 */
ALWAYS_INLINE uint64_t in_register(uint64_t mask) {
    __asm__("" : "+r"(mask));
    return mask;
}

/* Signed bytes of i8 and i8g32. */
ALWAYS_INLINE line live_bytes(const int pattern, const uint8_t *masks, int64_t quad, const uint8_t **codes) {
    const uint8_t *at = *codes;
    if (pattern == DENDRA_UNSTRUCTURED) {
        const uint64_t mask = in_register(dendra_mask64(masks, quad));
        *codes += __builtin_popcountll(mask);
        return line_bytes(mask, at);
    }
    if (pattern == DENDRA_QUADS) {
        const uint64_t mask = in_register(dendra_mask16(masks, quad));
        *codes += 4 * __builtin_popcountll(mask);
        return line_quads((uint16_t) mask, at);
    }
    const int live = is_live(pattern, masks, quad);
    *codes += live * DENDRA_LINE_BYTES;
    return line_if(live, at);
}

/* One of the two lines of pairs of bf16; both in turn. */
ALWAYS_INLINE line live_bfloats(const int pattern, const uint8_t *masks, int64_t quad, const int pair,
                                const uint8_t **codes) {
    const uint8_t *at = *codes;
    if (pattern == DENDRA_UNSTRUCTURED) {
        const uint64_t mask = in_register(dendra_mask64(masks, quad) >> pair * 32 & UINT32_MAX);
        *codes += 2 * __builtin_popcountll(mask);
        return line_words((uint32_t) mask, at);
    }
    if (pattern == DENDRA_QUADS) {
        const uint64_t mask = in_register(dendra_mask16(masks, quad));
        *codes += 4 * __builtin_popcountll(mask);
        return line_quads((uint16_t) mask, at);
    }
    const int live = is_live(pattern, masks, quad);
    *codes += live * DENDRA_LINE_BYTES;
    return line_if(live, at);
}

/* Bytes of 0 to 15 for u4g32, 8 where nothing lives; not for 16x64. */
ALWAYS_INLINE line live_nibbles(const int pattern, const uint8_t *masks, int64_t quad, const uint8_t **codes) {
    const uint8_t *at = *codes;
    if (pattern == DENDRA_UNSTRUCTURED) {
        const uint64_t mask = in_register(dendra_mask64(masks, quad));
        *codes += (__builtin_popcountll(mask) + 1) / 2;
        return line_flipped(line_live_nibbles(mask, at));
    }
    if (pattern == DENDRA_QUADS) {
        const uint64_t mask = in_register(dendra_mask16(masks, quad));
        *codes += 2 * __builtin_popcountll(mask);
        return line_flipped(line_quads_of_nibbles((uint16_t) mask, at));
    }
    const int live = is_live(pattern, masks, quad);
    *codes += live * DENDRA_LINE_BYTES / 2;
    return line_flipped(line_nibbles_if(live, at));
}

#endif
