/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Activations of the live inputs of a panel, side by side: for these what 16x4 and 16x64 of bf16 and i8 store is a dense
 * panel.
 */
#ifndef DENDRA_INTERNAL_AVX512_COMPACT_H
#define DENDRA_INTERNAL_AVX512_COMPACT_H

#include "avx512_lines.h"
#include "sparse.h"
#include "vectors/lines_avx512.h"

/* Which quads of a tile live. */
ALWAYS_INLINE __mmask16 tile_mask(const int pattern, const uint8_t *masks, int64_t tile) {
    return (__mmask16) (pattern == DENDRA_LINES ? dendra_mask16(masks, tile) : -dendra_mask_bit(masks, tile));
}

/*
 * Copies the live quads of a row of int8, and zeros behind them up to a multiple of 16. Returns their number with these;
 * adds 128 times the sum of their codes to all lanes of `excess` together.
 */
ALWAYS_INLINE int64_t compact_codes(const int pattern, const uint8_t *masks, int64_t quads, const int8_t *x, int8_t *target,
                                    __m512i *excess) {
    int64_t count = 0;
    for (int64_t tile = 0; tile < quads / TILE_QUADS; tile++) {
        const __mmask16 mask = tile_mask(pattern, masks, tile);
        const __m512i live = _mm512_maskz_loadu_epi32(mask, x + tile * TILE_QUADS * 4);
        *excess = _mm512_dpbusd_epi32(*excess, _mm512_set1_epi8((char) 0x80), live);
        _mm512_storeu_si512(target + count * 4, _mm512_mask_compress_epi32(fresh_zeros(), mask, live));
        count += __builtin_popcount(mask);
    }
    _mm512_storeu_si512(target + count * 4, _mm512_setzero_si512());
    return dendra_padded(count, TILE_QUADS);
}

/* The same for a row of bf16, without sums. */
ALWAYS_INLINE int64_t compact_bfloats(const int pattern, const uint8_t *masks, int64_t quads, const uint16_t *x,
                                      uint16_t *target) {
    int64_t count = 0;
    for (int64_t tile = 0; tile < quads / TILE_QUADS; tile++) {
        const __mmask16 mask = tile_mask(pattern, masks, tile);
        UNROLLED for (int half = 0; half < 2; half++) {
            const __mmask8 live = (__mmask8) (mask >> 8 * half);
            const __m512i line = _mm512_loadu_si512(x + (tile * 2 + half) * 32);
            _mm512_storeu_si512(target + count * 4, _mm512_mask_compress_epi64(fresh_zeros(), live, line));
            count += __builtin_popcount(live);
        }
    }
    _mm512_storeu_si512(target + count * 4, _mm512_setzero_si512());
    _mm512_storeu_si512(target + count * 4 + 32, _mm512_setzero_si512());
    return dendra_padded(count, TILE_QUADS);
}

#endif
