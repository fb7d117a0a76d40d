/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of AVX-512 under the names that the kernels in this folder use; avx2.h has the same names for AVX2. A kernel
 * is written once, for LANES floats a register, and compiled for both. Tails are masked: a lane that is masked off is
 * neither read nor written, and reads as zero.
 */
#ifndef DENDRA_VECTORS_AVX512_H
#define DENDRA_VECTORS_AVX512_H

#include <immintrin.h>
#include <stdint.h>

#include "unroll.h"

#define KERNEL(operation) dendra_##operation##__avx512

#define LANES 16
#define REGISTERS 32

typedef __m512 v_floats;
typedef __m512i v_ints;
typedef __mmask16 v_mask;

/* The first `n` lanes, 0 .. LANES; fewer than 0 are none, more than LANES are all. */
static inline v_mask v_first(int64_t n) {
    return n >= LANES ? (v_mask) 0xffff : n <= 0 ? (v_mask) 0 : (v_mask) ((1u << n) - 1);
}

static inline v_floats v_load(const float *p) { return _mm512_loadu_ps(p); }
static inline v_floats v_load_masked(v_mask mask, const float *p) { return _mm512_maskz_loadu_ps(mask, p); }
static inline void v_store(float *p, v_floats x) { _mm512_storeu_ps(p, x); }
static inline void v_store_masked(float *p, v_mask mask, v_floats x) { _mm512_mask_storeu_ps(p, mask, x); }

static inline v_floats v_zero(void) { return _mm512_setzero_ps(); }
static inline v_floats v_splat(float x) { return _mm512_set1_ps(x); }
static inline v_ints v_splat_int(int32_t x) { return _mm512_set1_epi32(x); }

static inline v_floats v_add(v_floats a, v_floats b) { return _mm512_add_ps(a, b); }
static inline v_floats v_sub(v_floats a, v_floats b) { return _mm512_sub_ps(a, b); }
static inline v_floats v_mul(v_floats a, v_floats b) { return _mm512_mul_ps(a, b); }
static inline v_floats v_div(v_floats a, v_floats b) { return _mm512_div_ps(a, b); }
/* a b + c */
static inline v_floats v_fma(v_floats a, v_floats b, v_floats c) { return _mm512_fmadd_ps(a, b, c); }
/* c - a b */
static inline v_floats v_fnma(v_floats a, v_floats b, v_floats c) { return _mm512_fnmadd_ps(a, b, c); }
/* a b - c in even lanes, a b + c in odd ones */
static inline v_floats v_fma_alternating(v_floats a, v_floats b, v_floats c) { return _mm512_fmaddsub_ps(a, b, c); }
static inline v_floats v_magnitude(v_floats x) { return _mm512_abs_ps(x); }
/* The larger; `b` where `a` is NaN. */
static inline v_floats v_larger(v_floats a, v_floats b) { return _mm512_max_ps(a, b); }

static inline v_mask v_less(v_floats a, v_floats b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
static inline v_mask v_equal(v_floats a, v_floats b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
static inline v_mask v_is_nan(v_floats x) { return _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q); }
/* One bit a lane. */
static inline uint32_t v_mask_bits(v_mask mask) { return mask; }
/* `a` where the mask is set, else `b`. */
static inline v_floats v_where(v_mask mask, v_floats a, v_floats b) { return _mm512_mask_blend_ps(mask, b, a); }
/* Zero where the mask is set, else `x`. */
static inline v_floats v_zero_where(v_mask mask, v_floats x) {
    return _mm512_maskz_mov_ps((v_mask) ~mask, x);
}

static inline v_ints v_bits(v_floats x) { return _mm512_castps_si512(x); }
static inline v_floats v_from_bits(v_ints x) { return _mm512_castsi512_ps(x); }
static inline v_ints v_add_ints(v_ints a, v_ints b) { return _mm512_add_epi32(a, b); }
static inline v_ints v_sub_ints(v_ints a, v_ints b) { return _mm512_sub_epi32(a, b); }
static inline v_ints v_and(v_ints a, v_ints b) { return _mm512_and_si512(a, b); }
static inline v_ints v_or(v_ints a, v_ints b) { return _mm512_or_si512(a, b); }
#define v_shift_left(x, bits) _mm512_slli_epi32(x, bits)
#define v_shift_right(x, bits) _mm512_srli_epi32(x, bits)
#define v_shift_right_signed(x, bits) _mm512_srai_epi32(x, bits)
static inline v_ints v_where_ints(v_mask mask, v_ints a, v_ints b) { return _mm512_mask_blend_epi32(mask, b, a); }
/* To the nearest, ties to even. */
static inline v_ints v_round(v_floats x) { return _mm512_cvtps_epi32(x); }

/* LANES signed bytes. */
static inline v_floats v_load_bytes(const int8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *) p)));
}

/* The first `n` of them, as v_first counts; others are not read and zero. */
static inline v_floats v_load_first_bytes(int64_t n, const int8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(v_first(n), p)));
}

/* The low byte of each lane. */
static inline void v_store_bytes(int8_t *p, v_ints x) { _mm_storeu_si128((__m128i *) p, _mm512_cvtepi32_epi8(x)); }

/* The low half of each lane, whose high half is zero. */
static inline void v_store_halves(uint16_t *p, v_ints x) {
    _mm256_storeu_si256((__m256i *) p, _mm512_cvtepi32_epi16(x));
}

/* Lanes 2i and 2i + 1 change places. */
static inline v_floats v_swap_pairs(v_floats x) { return _mm512_permute_ps(x, 0xb1); }
/* Lanes 2i and 2i + 1 become lane 2i, or lane 2i + 1. */
static inline v_floats v_double_evens(v_floats x) { return _mm512_moveldup_ps(x); }
static inline v_floats v_double_odds(v_floats x) { return _mm512_movehdup_ps(x); }

/* The even lanes of two registers, in order; then the odd ones. */
static inline v_floats v_evens(v_floats low, v_floats high) {
    const __m512i index = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return _mm512_permutex2var_ps(low, index, high);
}
static inline v_floats v_odds(v_floats low, v_floats high) {
    const __m512i index = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    return _mm512_permutex2var_ps(low, index, high);
}

static inline __m256 v_high_floats(v_floats x) { return _mm512_extractf32x8_ps(x, 1); }

static inline float v_sum(v_floats x) {
    __m256 a = _mm256_add_ps(_mm512_castps512_ps256(x), v_high_floats(x));
    __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_add_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}

static inline float v_largest(v_floats x) {
    __m256 a = _mm256_max_ps(_mm512_castps512_ps256(x), v_high_floats(x));
    __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_max_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_max_ss(b, _mm_movehdup_ps(b)));
}

static inline int32_t v_sum_ints(v_ints x) {
    __m256i a = _mm256_add_epi32(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));
    __m128i b = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    b = _mm_add_epi32(b, _mm_unpackhi_epi64(b, b));
    return _mm_cvtsi128_si32(_mm_add_epi32(b, _mm_shuffle_epi32(b, 1)));
}

#endif
