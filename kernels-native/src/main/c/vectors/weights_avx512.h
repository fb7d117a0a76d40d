/* SPDX-License-Identifier: Apache-2.0 */
/* What matmul_floats.h needs beside avx512.h to read weights. */
#ifndef DENDRA_VECTORS_WEIGHTS_AVX512_H
#define DENDRA_VECTORS_WEIGHTS_AVX512_H

#include "avx512.h"

static inline v_ints v_load_line(const void *p) { return _mm512_load_si512(p); }
static inline v_floats v_convert(v_ints x) { return _mm512_cvtepi32_ps(x); }

/* The low four bits of each lane, looked up: no mask, and no conversion. */
static inline v_floats v_nibble(v_ints x) {
    const __m512 numbers = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_permutexvar_ps(x, numbers);
}

/* The low 16 bits of each lane as half precision. */
static inline v_floats v_half(v_ints x) { return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(x)); }

/* LANES numbers in bfloat16. */
static inline v_floats v_load_bfloats(const uint16_t *p) {
    __m512i bits = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *) p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 16));
}

#endif
