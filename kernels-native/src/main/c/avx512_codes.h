/* SPDX-License-Identifier: Apache-2.0 */
/* What integer dot products stand for: the float steps of products with activations rounded to int8 or int16. */
#ifndef DENDRA_INTERNAL_AVX512_CODES_H
#define DENDRA_INTERNAL_AVX512_CODES_H

#include "avx512_lines.h"

/* What 2^23 * 1.5 is as an integer: added to a small integer it makes the float of that sum. */
#define MAGIC_BITS 0x4b400000
#define MAGIC 0x1.8p23f

/* 256 * high + low, sums over a group; the low ones may be missing. */
static inline __m512i joined(__m512i high, __m512i low) { return _mm512_add_epi32(_mm512_slli_epi32(high, 8), low); }

/*
 * What a group adds to its dot product whatever the output: the sum of the activation's codes as a float for u4g32, which
 * the minimum multiplies; for i8g32 -128 times that sum as an integer, for int8 activations on top of MAGIC_BITS.
 */
ALWAYS_INLINE __m512i activation_terms(const bool affine, const int planes, __m512i sums, __m512i low_sums) {
    if (planes == 2) {
        sums = joined(sums, low_sums);
    }
    if (affine) {
        return _mm512_castps_si512(_mm512_cvtepi32_ps(sums));
    }
    __m512i start = planes == 1 ? _mm512_set1_epi32(MAGIC_BITS) : _mm512_setzero_si512();
    return _mm512_sub_epi32(start, _mm512_slli_epi32(sums, 7));
}

/* y + a * (what the group's dot product stands for). */
ALWAYS_INLINE __m512 add_dot(const bool affine, const int planes, __m512i dot, __m512 scale, __m512 offset, __m512i term,
                             __m512 a, __m512 y) {
    if (affine) {
        __m512 minimum = _mm512_mul_ps(offset, _mm512_castsi512_ps(term));
        return _mm512_fmadd_ps(a, _mm512_fmadd_ps(scale, _mm512_cvtepi32_ps(dot), minimum), y);
    }
    if (planes == 1) {
        /* |dot| <= 2^19: MAGIC + dot is exact, and so is scale * MAGIC, so that this is scale * dot rounded once. */
        return _mm512_fmadd_ps(a, _mm512_fmadd_ps(scale, _mm512_castsi512_ps(dot), offset), y);
    }
    return _mm512_fmadd_ps(a, _mm512_mul_ps(scale, _mm512_cvtepi32_ps(dot)), y);
}

/* u4g32: the minimum; i8g32: -MAGIC times the scale. */
ALWAYS_INLINE __m512 group_offset(const bool affine, halves scales, __m512 scale) {
    return affine ? scales.high : _mm512_mul_ps(scale, _mm512_set1_ps(-MAGIC));
}

/* The line of quad `q` of a group, in a panel's block where `half` is the group's place. */
ALWAYS_INLINE __m512i load_line(const bool affine, const uint8_t *block, const int half, const int q) {
    if (!affine) {
        return unsigned_line(block + DENDRA_LINE_BYTES * (1 + half * GROUP_QUADS + q));
    }
    __m512i pair = _mm512_load_si512(block + DENDRA_LINE_BYTES * (1 + q / 2));
    return q % 2 == 0 ? low_nibbles(pair) : high_nibbles(pair);
}

/*
 * Exact dot products of a few rows: some sums for each row and plane, since the next vpdpbusd on the same one waits for four
 * or five cycles. At least four are under way at any time.
 */
enum { MOST_CHAINS = 4 };

ALWAYS_INLINE int dot_chains(const int rows, const int planes) {
    return rows * planes >= MOST_CHAINS ? 1 : MOST_CHAINS / (rows * planes);
}

ALWAYS_INLINE void clear_chains(const int rows, const int planes, const int chains,
                                __m512i sum[DIRECT_ROWS][2][MOST_CHAINS]) {
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int plane = 0; plane < planes; plane++) {
            UNROLLED for (int c = 0; c < chains; c++) { sum[r][plane][c] = _mm512_setzero_si512(); }
        }
    }
}

/* Adds the products of the `q`th line, whose activations are the quad at `k` of each row. */
ALWAYS_INLINE void add_line(const int rows, const int planes, const int chains, __m512i line, const dendra_codes *x,
                            int64_t k, const int q, __m512i sum[DIRECT_ROWS][2][MOST_CHAINS]) {
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int plane = 0; plane < planes; plane++) {
            const int8_t *codes = (plane == 0 ? x->codes : x->low_codes) + r * x->stride + k;
            __m512i *chain = &sum[r][plane][q % chains];
            *chain = _mm512_dpbusd_epi32(*chain, line, quad(codes));
        }
    }
}

ALWAYS_INLINE void join_chains(const int rows, const int planes, const int chains,
                               __m512i sum[DIRECT_ROWS][2][MOST_CHAINS], __m512i dot[DIRECT_ROWS]) {
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int plane = 0; plane < planes; plane++) {
            UNROLLED for (int c = 1; c < chains; c++) {
                sum[r][plane][0] = _mm512_add_epi32(sum[r][plane][0], sum[r][plane][c]);
            }
        }
        dot[r] = planes == 2 ? joined(sum[r][0][0], sum[r][1][0]) : sum[r][0][0];
    }
}

/* Adds what a row's group stands for, whose exact dot product is `dot`; `at` is its place among all of the groups of x. */
ALWAYS_INLINE __m512 add_group(const int planes, const bool affine, __m512i dot, __m512 scale, __m512 offset,
                               const dendra_codes *x, int64_t at, __m512 y) {
    __m512i low_sums = planes == 2 ? _mm512_set1_epi32(x->low_sums[at]) : _mm512_setzero_si512();
    __m512i term = activation_terms(affine, planes, _mm512_set1_epi32(x->sums[at]), low_sums);
    __m512i exact = affine ? dot : _mm512_add_epi32(dot, term);
    return add_dot(affine, planes, exact, scale, offset, term, _mm512_set1_ps(x->scales[at]), y);
}

/* Finished sums of i8 with the scales of their rows and outputs. */
ALWAYS_INLINE __m512 channel_values(const int planes, const __m512i dot[2], __m512 a, __m512 scale) {
    __m512 sum = _mm512_cvtepi32_ps(dot[0]);
    if (planes == 2) {
        sum = _mm512_fmadd_ps(_mm512_set1_ps(256), sum, _mm512_cvtepi32_ps(dot[1]));
    }
    return _mm512_mul_ps(sum, _mm512_mul_ps(a, scale));
}

#endif
