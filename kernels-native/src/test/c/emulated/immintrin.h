/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the place of the compiler's header: the vector instructions in portable C by SIMDe, what this release of SIMDe
 * lacks or rounds differently than the CPU, and the model of the tile instructions. The kernels compile against it
 * unchanged.
 */
#ifndef DENDRA_EMULATED_IMMINTRIN_H
#define DENDRA_EMULATED_IMMINTRIN_H

#define SIMDE_NO_NATIVE
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>
#include <simde/x86/f16c.h>
#include <simde/x86/fma.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "tile_model.h"

/* Lanes of a register, to be worked on one by one. */
typedef union emulated_register {
    __m128i i128;
    __m256 f256;
    __m256i i256;
    __m512 f512;
    __m512i i512;
    float f32[16];
    uint32_t u32[16];
    int32_t i32[16];
    uint16_t u16[32];
    int8_t i8[64];
    uint8_t u8[64];
} emulated_register;

/* ---- Fused: SIMDe multiplies, rounds, and adds. ---- */

#define EMULATED_FMA(name, type, member, expression)                                                                   \
    static inline type emulated_##name(type a, type b, type c) {                                                       \
        emulated_register x = {.member = a}, y = {.member = b}, z = {.member = c};                                     \
        for (size_t i = 0; i < sizeof(type) / sizeof(float); i++) {                                                    \
            z.f32[i] = (expression);                                                                                   \
        }                                                                                                              \
        return z.member;                                                                                               \
    }
#define ALTERNATING (i % 2 == 0 ? -z.f32[i] : z.f32[i])
EMULATED_FMA(mm256_fmadd_ps, __m256, f256, fmaf(x.f32[i], y.f32[i], z.f32[i]))
EMULATED_FMA(mm512_fmadd_ps, __m512, f512, fmaf(x.f32[i], y.f32[i], z.f32[i]))
EMULATED_FMA(mm256_fmsub_ps, __m256, f256, fmaf(x.f32[i], y.f32[i], -z.f32[i]))
EMULATED_FMA(mm512_fmsub_ps, __m512, f512, fmaf(x.f32[i], y.f32[i], -z.f32[i]))
EMULATED_FMA(mm256_fnmadd_ps, __m256, f256, fmaf(-x.f32[i], y.f32[i], z.f32[i]))
EMULATED_FMA(mm512_fnmadd_ps, __m512, f512, fmaf(-x.f32[i], y.f32[i], z.f32[i]))
EMULATED_FMA(mm256_fmaddsub_ps, __m256, f256, fmaf(x.f32[i], y.f32[i], ALTERNATING))
EMULATED_FMA(mm512_fmaddsub_ps, __m512, f512, fmaf(x.f32[i], y.f32[i], ALTERNATING))
#undef ALTERNATING
#undef EMULATED_FMA
#undef _mm256_fmadd_ps
#undef _mm256_fmsub_ps
#undef _mm256_fnmadd_ps
#undef _mm256_fmaddsub_ps
#undef _mm512_fmadd_ps
#undef _mm512_fmsub_ps
#undef _mm512_fnmadd_ps
#define _mm256_fmadd_ps emulated_mm256_fmadd_ps
#define _mm256_fmsub_ps emulated_mm256_fmsub_ps
#define _mm256_fnmadd_ps emulated_mm256_fnmadd_ps
#define _mm256_fmaddsub_ps emulated_mm256_fmaddsub_ps
#define _mm512_fmadd_ps emulated_mm512_fmadd_ps
#define _mm512_fmsub_ps emulated_mm512_fmsub_ps
#define _mm512_fnmadd_ps emulated_mm512_fnmadd_ps
#define _mm512_fmaddsub_ps emulated_mm512_fmaddsub_ps

/* ---- Not in SIMDe 0.7 ---- */

typedef simde__mmask8 __mmask8;
typedef simde__mmask16 __mmask16;
typedef simde__mmask32 __mmask32;
typedef simde__mmask64 __mmask64;

/* A function of one register whose lanes are `expression` of those of `x`. */
#define EMULATED_UNARY(name, result, target, lanes, argument, source, expression)                                      \
    static inline result _##name(argument a) {                                                                         \
        emulated_register x = {.source = a}, r = {.i512 = _mm512_setzero_si512()};                                     \
        for (int i = 0; i < (lanes); i++) {                                                                            \
            expression;                                                                                                \
        }                                                                                                              \
        return r.target;                                                                                               \
    }
EMULATED_UNARY(mm512_cvtepi32_epi16, __m256i, i256, 16, __m512i, i512, r.u16[i] = (uint16_t) x.u32[i])
EMULATED_UNARY(mm512_cvtepi32_ps, __m512, f512, 16, __m512i, i512, r.f32[i] = (float) x.i32[i])
EMULATED_UNARY(mm512_cvtepi8_epi32, __m512i, i512, 16, __m128i, i128, r.i32[i] = x.i8[i])
EMULATED_UNARY(mm512_cvtepu8_epi16, __m512i, i512, 32, __m256i, i256, r.u16[i] = x.u8[i])
EMULATED_UNARY(mm512_cvtepu16_epi32, __m512i, i512, 16, __m256i, i256, r.u32[i] = x.u16[i])
EMULATED_UNARY(mm512_movehdup_ps, __m512, f512, 16, __m512, f512, r.u32[i] = x.u32[i | 1])
EMULATED_UNARY(mm512_moveldup_ps, __m512, f512, 16, __m512, f512, r.u32[i] = x.u32[i & ~1])
/* To nearest, ties to even, as the default environment has it; what does not fit becomes the least integer. */
EMULATED_UNARY(mm512_cvtps_epi32, __m512i, i512, 16, __m512, f512,
               r.i32[i] = fabsf(x.f32[i]) < 0x1p31f ? (int32_t) nearbyintf(x.f32[i]) : INT32_MIN)
#undef EMULATED_UNARY

/* Elements of a register, in order, where the mask has bits, over what `to` holds. */
static inline __m512i emulated_expand(__m512i to, uint64_t mask, size_t size, __m512i a) {
    emulated_register x = {.i512 = a}, r = {.i512 = to};
    const uint8_t *from = x.u8;
    for (size_t i = 0; i < sizeof(__m512i) / size; i++) {
        if (mask >> i & 1) {
            memcpy(r.u8 + i * size, from, size);
            from += size;
        }
    }
    return r.i512;
}
#define EMULATED_EXPAND(element, bits)                                                                                 \
    static inline __m512i _mm512_mask_expand_##element(__m512i to, __mmask##bits mask, __m512i a) {                    \
        return emulated_expand(to, mask, 64 / bits, a);                                                                \
    }                                                                                                                  \
    static inline __m512i _mm512_maskz_expand_##element(__mmask##bits mask, __m512i a) {                               \
        return emulated_expand(_mm512_setzero_si512(), mask, 64 / bits, a);                                            \
    }
EMULATED_EXPAND(epi8, 64)
EMULATED_EXPAND(epi16, 32)
EMULATED_EXPAND(epi32, 16)
#undef EMULATED_EXPAND

static inline int _mm512_reduce_add_epi32(__m512i a) {
    emulated_register x = {.i512 = a};
    uint32_t sum = 0;
    for (int i = 0; i < 16; i++) {
        sum += x.u32[i];
    }
    return (int) sum;
}

enum { _MM_PERM_BADC = 0x4e, _MM_PERM_CDAB = 0xb1 };
static inline __m512i _mm512_shuffle_epi32(__m512i a, int order) {
    emulated_register x = {.i512 = a}, r;
    for (int i = 0; i < 16; i++) {
        r.u32[i] = x.u32[(i & ~3) | (order >> i % 4 * 2 & 3)];
    }
    return r.i512;
}

static inline __m128i _mm512_cvtepi32_epi8(__m512i a) {
    emulated_register x = {.i512 = a}, r;
    for (int i = 0; i < 16; i++) {
        r.i8[i] = (int8_t) x.u32[i];
    }
    return r.i128;
}

/* Memory outside the mask is not touched. */
static inline __m512i _mm512_maskz_loadu_epi32(__mmask16 mask, const void *from) {
    emulated_register r = {.i512 = _mm512_setzero_si512()};
    for (int i = 0; i < 16; i++) {
        if (mask >> i & 1) {
            memcpy(&r.u32[i], (const uint8_t *) from + 4 * i, 4);
        }
    }
    return r.i512;
}

static inline __m512i _mm512_maskz_loadu_epi64(__mmask8 mask, const void *from) {
    emulated_register r = {.i512 = _mm512_setzero_si512()};
    for (int i = 0; i < 8; i++) {
        if (mask >> i & 1) {
            memcpy(&r.u32[2 * i], (const uint8_t *) from + 8 * i, 8);
        }
    }
    return r.i512;
}

static inline __m256i _mm256_maskz_loadu_epi64(__mmask8 mask, const void *from) {
    emulated_register r = {.i512 = _mm512_maskz_loadu_epi64(mask & 0xf, from)};
    return r.i256;
}

static inline __m128i _mm_maskz_loadu_epi8(__mmask16 mask, const void *from) {
    emulated_register r = {.i512 = _mm512_setzero_si512()};
    for (int i = 0; i < 16; i++) {
        if (mask >> i & 1) {
            memcpy(&r.u8[i], (const uint8_t *) from + i, 1);
        }
    }
    return r.i128;
}

/* SIMDe reads all lanes. */
static inline __m256 emulated_mm256_maskload_ps(const float *from, __m256i mask) {
    emulated_register r = {.i512 = _mm512_setzero_si512()}, m = {.i256 = mask};
    for (int i = 0; i < 8; i++) {
        if (m.i32[i] < 0) {
            memcpy(&r.u32[i], from + i, 4);
        }
    }
    return r.f256;
}
#undef _mm256_maskload_ps
#define _mm256_maskload_ps emulated_mm256_maskload_ps

static inline __m512 _mm512_maskz_loadu_ps(__mmask16 mask, const void *from) {
    emulated_register r = {.i512 = _mm512_maskz_loadu_epi32(mask, from)};
    return r.f512;
}

static inline void _mm512_mask_storeu_epi32(void *to, __mmask16 mask, __m512i a) {
    emulated_register x = {.i512 = a};
    for (int i = 0; i < 16; i++) {
        if (mask >> i & 1) {
            memcpy((uint8_t *) to + 4 * i, &x.u32[i], 4);
        }
    }
}

static inline void _mm512_mask_storeu_ps(void *to, __mmask16 mask, __m512 a) {
    emulated_register x = {.f512 = a};
    _mm512_mask_storeu_epi32(to, mask, x.i512);
}

static inline __m512i _mm512_srai_epi32(__m512i a, unsigned count) {
    emulated_register r = {.i512 = a};
    for (int i = 0; i < 16; i++) {
        r.i32[i] >>= count > 31 ? 31 : count;
    }
    return r.i512;
}

/* SIMDe has these two only for immediates of its own making. */
static inline __m512 _mm512_permute_ps(__m512 a, int order) {
    emulated_register x = {.f512 = a}, r;
    for (int i = 0; i < 16; i++) {
        r.u32[i] = x.u32[i / 4 * 4 + (order >> i % 4 * 2 & 3)];
    }
    return r.f512;
}

static inline __m256 _mm512_extractf32x8_ps(__m512 a, int half) {
    emulated_register x = {.f512 = a}, r;
    memcpy(r.f32, x.f32 + 8 * (half & 1), sizeof(__m256));
    return r.f256;
}

static inline float emulated_float_of_half(uint16_t half) {
    int exponent = half >> 10 & 31;
    float magnitude = (float) (half & 1023);
    if (exponent == 31) {
        magnitude = magnitude == 0 ? INFINITY : NAN;
    } else {
        magnitude = ldexpf(exponent == 0 ? magnitude : magnitude + 1024, exponent == 0 ? -24 : exponent - 25);
    }
    return half >> 15 ? -magnitude : magnitude;
}

static inline float _cvtsh_ss(unsigned short half) { return emulated_float_of_half(half); }

static inline __m512 _mm512_cvtph_ps(__m256i halves) {
    emulated_register x = {.i256 = halves}, r;
    for (int i = 0; i < 16; i++) {
        r.f32[i] = emulated_float_of_half(x.u16[i]);
    }
    return r.f512;
}

/* ---- AVX512_BF16: denormal numbers are zero, and VDPBF16PS rounds each product's sum to nearest. ---- */

static inline uint16_t emulated_bf16_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (isnan(value)) {
        return (uint16_t) (bits >> 16 | 0x40);
    }
    if ((bits & 0x7f800000) == 0) {
        return (uint16_t) (bits >> 16 & 0x8000);
    }
    return (uint16_t) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

typedef __m512i emulated_m512bh;
typedef __m256i emulated_m256bh;
#undef __m512bh
#undef __m256bh
#define __m512bh emulated_m512bh
#define __m256bh emulated_m256bh

static inline __m512bh _mm512_cvtne2ps_pbh(__m512 high, __m512 low) {
    emulated_register x = {.f512 = high}, y = {.f512 = low}, r;
    for (int i = 0; i < 16; i++) {
        r.u16[i] = emulated_bf16_of_float(y.f32[i]);
        r.u16[16 + i] = emulated_bf16_of_float(x.f32[i]);
    }
    return r.i512;
}

static inline __m256bh _mm512_cvtneps_pbh(__m512 a) {
    emulated_register x = {.f512 = a}, r;
    for (int i = 0; i < 16; i++) {
        r.u16[i] = emulated_bf16_of_float(x.f32[i]);
    }
    return r.i256;
}

static inline float emulated_flushed(float value) { return fpclassify(value) == FP_SUBNORMAL ? copysignf(0, value) : value; }

static inline float emulated_float_of_bf16(uint16_t half) {
    uint32_t bits = (uint32_t) half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return emulated_flushed(value);
}

#undef _mm512_dpbf16_ps
static inline __m512 _mm512_dpbf16_ps(__m512 sums, __m512bh a, __m512bh b) {
    emulated_register r = {.f512 = sums}, x = {.i512 = a}, y = {.i512 = b};
    for (int i = 0; i < 16; i++) {
        float sum = emulated_flushed(r.f32[i]);
        for (int k = 2 * i + 1; k >= 2 * i; k--) {
            sum = emulated_flushed(fmaf(emulated_float_of_bf16(x.u16[k]), emulated_float_of_bf16(y.u16[k]), sum));
        }
        r.f32[i] = sum;
    }
    return r.f512;
}

#endif
