/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of int8 and int16 activations, as the tiles leave them, and what becomes of them. */
#ifndef DENDRA_AMX_DOTS_H
#define DENDRA_AMX_DOTS_H

#include "amx_tiles.h"

/* Sums of a block of rows with two panels, for each plane of the activations. */
typedef int32_t block_dots[2][BLOCK_ROWS][DENDRA_PANEL_ROWS];

/* Sums of codes as single precision, and of both planes as 256 * high + low. */
ALWAYS_INLINE __m512 joined(__m512i high, __m512i low, int planes) {
    __m512 sum = _mm512_cvtepi32_ps(high);
    return planes == 1 ? sum : _mm512_fmadd_ps(_mm512_set1_ps(256), sum, _mm512_cvtepi32_ps(low));
}

/* Sums of some rows with the `b`th panel over all of K, to outputs; of i8, whose weights have a scale for each output. */
static inline void scale_sums(const block_dots dots[2], int planes, int b, int rows, const uint8_t *weight_scales,
                              const float *row_scales, float *y, ptrdiff_t y_stride) {
    __m512 scale = _mm512_load_ps(weight_scales);
    for (int row = 0; row < rows; row++, y += y_stride) {
        __m512 dot = joined(_mm512_load_si512(dots[0][b][row]), _mm512_load_si512(dots[1][b][row]), planes);
        __m512 factor = _mm512_mul_ps(_mm512_set1_ps(row_scales[row]), scale);
        _mm512_store_ps(y, _mm512_mul_ps(dot, factor));
    }
}

#endif
