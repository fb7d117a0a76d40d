/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of AVX2 with FMA under the names of avx512.h, which says what each is. */
#ifndef DENDRA_VECTORS_AVX2_H
#define DENDRA_VECTORS_AVX2_H

#include <immintrin.h>
#include <stdint.h>

#include "unroll.h"

#define KERNEL(operation) dendra_##operation##__avx2

#define LANES 8
#define REGISTERS 16

typedef __m256 v_floats;
typedef __m256i v_ints;
typedef __m256i v_mask;

static inline v_mask v_first(int64_t n) {
    int32_t count = n >= LANES ? LANES : n <= 0 ? 0 : (int32_t) n;
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static inline v_floats v_load(const float *p) { return _mm256_loadu_ps(p); }
static inline v_floats v_load_masked(v_mask mask, const float *p) { return _mm256_maskload_ps(p, mask); }
static inline void v_store(float *p, v_floats x) { _mm256_storeu_ps(p, x); }
static inline void v_store_masked(float *p, v_mask mask, v_floats x) { _mm256_maskstore_ps(p, mask, x); }

static inline v_floats v_zero(void) { return _mm256_setzero_ps(); }
static inline v_floats v_splat(float x) { return _mm256_set1_ps(x); }
static inline v_ints v_splat_int(int32_t x) { return _mm256_set1_epi32(x); }

static inline v_floats v_add(v_floats a, v_floats b) { return _mm256_add_ps(a, b); }
static inline v_floats v_sub(v_floats a, v_floats b) { return _mm256_sub_ps(a, b); }
static inline v_floats v_mul(v_floats a, v_floats b) { return _mm256_mul_ps(a, b); }
static inline v_floats v_div(v_floats a, v_floats b) { return _mm256_div_ps(a, b); }
static inline v_floats v_fma(v_floats a, v_floats b, v_floats c) { return _mm256_fmadd_ps(a, b, c); }
static inline v_floats v_fnma(v_floats a, v_floats b, v_floats c) { return _mm256_fnmadd_ps(a, b, c); }
static inline v_floats v_fma_alternating(v_floats a, v_floats b, v_floats c) { return _mm256_fmaddsub_ps(a, b, c); }
static inline v_floats v_magnitude(v_floats x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x); }
static inline v_floats v_larger(v_floats a, v_floats b) { return _mm256_max_ps(a, b); }

static inline v_mask v_less(v_floats a, v_floats b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
static inline v_mask v_equal(v_floats a, v_floats b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_EQ_OQ)); }
static inline v_mask v_is_nan(v_floats x) { return _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q)); }
static inline uint32_t v_mask_bits(v_mask mask) { return (uint32_t) _mm256_movemask_ps(_mm256_castsi256_ps(mask)); }
static inline v_floats v_where(v_mask mask, v_floats a, v_floats b) {
    return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(mask));
}
static inline v_floats v_zero_where(v_mask mask, v_floats x) {
    return _mm256_andnot_ps(_mm256_castsi256_ps(mask), x);
}

static inline v_ints v_bits(v_floats x) { return _mm256_castps_si256(x); }
static inline v_floats v_from_bits(v_ints x) { return _mm256_castsi256_ps(x); }
static inline v_ints v_add_ints(v_ints a, v_ints b) { return _mm256_add_epi32(a, b); }
static inline v_ints v_sub_ints(v_ints a, v_ints b) { return _mm256_sub_epi32(a, b); }
static inline v_ints v_and(v_ints a, v_ints b) { return _mm256_and_si256(a, b); }
static inline v_ints v_or(v_ints a, v_ints b) { return _mm256_or_si256(a, b); }
#define v_shift_left(x, bits) _mm256_slli_epi32(x, bits)
#define v_shift_right(x, bits) _mm256_srli_epi32(x, bits)
#define v_shift_right_signed(x, bits) _mm256_srai_epi32(x, bits)
static inline v_ints v_where_ints(v_mask mask, v_ints a, v_ints b) { return _mm256_blendv_epi8(b, a, mask); }
static inline v_ints v_round(v_floats x) { return _mm256_cvtps_epi32(x); }

static inline v_floats v_load_bytes(const int8_t *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *) p)));
}

static inline v_floats v_load_first_bytes(int64_t n, const int8_t *p) {
    int8_t bytes[LANES] = {0};
    for (int64_t i = 0; i < n && i < LANES; i++) {
        bytes[i] = p[i];
    }
    return v_load_bytes(bytes);
}

static inline void v_store_bytes(int8_t *p, v_ints x) {
    __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    _mm_storel_epi64((__m128i *) p, _mm_packs_epi16(halves, halves));
}

static inline void v_store_halves(uint16_t *p, v_ints x) {
    _mm_storeu_si128(
        (__m128i *) p, _mm_packus_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1)));
}

static inline v_floats v_swap_pairs(v_floats x) { return _mm256_permute_ps(x, 0xb1); }
static inline v_floats v_double_evens(v_floats x) { return _mm256_moveldup_ps(x); }
static inline v_floats v_double_odds(v_floats x) { return _mm256_movehdup_ps(x); }

/* Elements 0, 2, 1 and 3 of four pairs in order. */
static inline v_floats v_middle_pairs_swapped(v_floats x) {
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(x), 0xd8));
}
static inline v_floats v_evens(v_floats low, v_floats high) {
    return v_middle_pairs_swapped(_mm256_shuffle_ps(low, high, 0x88));
}
static inline v_floats v_odds(v_floats low, v_floats high) {
    return v_middle_pairs_swapped(_mm256_shuffle_ps(low, high, 0xdd));
}

static inline float v_sum(v_floats x) {
    __m128 a = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_movehdup_ps(a)));
}

static inline float v_largest(v_floats x) {
    __m128 a = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    a = _mm_max_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_max_ss(a, _mm_movehdup_ps(a)));
}

static inline int32_t v_sum_ints(v_ints x) {
    __m128i a = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    a = _mm_add_epi32(a, _mm_unpackhi_epi64(a, a));
    return _mm_cvtsi128_si32(_mm_add_epi32(a, _mm_shuffle_epi32(a, 1)));
}

#endif
