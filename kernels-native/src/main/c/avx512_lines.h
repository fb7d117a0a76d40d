/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of packed weights in AVX-512 registers. */
#ifndef DENDRA_INTERNAL_AVX512_LINES_H
#define DENDRA_INTERNAL_AVX512_LINES_H

#include <immintrin.h>

#include "matmul.h"
#include "vectors/unroll.h"

/* A half-precision number for each of 16 outputs, and another. */
typedef struct halves {
    __m512 low;
    __m512 high;
} halves;

/* The low and the high 16 bits of each lane, as floats. */
static inline halves halves_of(__m512i line) {
    const __m512i evens_then_odds =
        _mm512_set_epi16(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1, 30, 28, 26, 24, 22, 20, 18, 16, 14, 12,
                         10, 8, 6, 4, 2, 0);
    __m512i sorted = _mm512_permutexvar_epi16(evens_then_odds, line);
    return (halves) {_mm512_cvtph_ps(_mm512_castsi512_si256(sorted)),
                     _mm512_cvtph_ps(_mm512_extracti64x4_epi64(sorted, 1))};
}

static inline halves line_halves(const void *line) { return halves_of(_mm512_load_si512(line)); }

/* Signed codes as the unsigned operand of vpdpbusd: code + 128. */
static inline __m512i unsigned_line(const void *line) {
    return _mm512_xor_si512(_mm512_load_si512(line), _mm512_set1_epi8((char) 0x80));
}

/* The codes of even quads, in low nibbles, and of odd quads. */
static inline __m512i low_nibbles(__m512i line) { return _mm512_and_si512(line, _mm512_set1_epi8(0xf)); }
static inline __m512i high_nibbles(__m512i line) { return low_nibbles(_mm512_srli_epi32(line, 4)); }

/* Four consecutive codes of an activation, for every output. */
static inline __m512i quad(const int8_t *codes) {
    int32_t bytes;
    __builtin_memcpy(&bytes, codes, sizeof bytes);
    return _mm512_set1_epi32(bytes);
}

#endif
