/* SPDX-License-Identifier: Apache-2.0 */
/* What weights_avx512.h has, for AVX2. */
#ifndef DENDRA_VECTORS_WEIGHTS_AVX2_H
#define DENDRA_VECTORS_WEIGHTS_AVX2_H

#include "avx2.h"

static inline v_ints v_load_line(const void *p) { return _mm256_load_si256(p); }
static inline v_floats v_convert(v_ints x) { return _mm256_cvtepi32_ps(x); }

static inline v_floats v_nibble(v_ints x) { return v_convert(_mm256_and_si256(x, _mm256_set1_epi32(0xf))); }

static inline v_floats v_half(v_ints x) {
    __m256i low = _mm256_and_si256(x, _mm256_set1_epi32(0xffff));
    __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, low), 0x08);
    return _mm256_cvtph_ps(_mm256_castsi256_si128(packed));
}

static inline v_floats v_load_bfloats(const uint16_t *p) {
    __m256i bits = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *) p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16));
}

#endif
