/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that expand.h lists, by AVX-512, but for those that place single bytes and words. */
#ifndef DENDRA_VECTORS_LINES_AVX512_H
#define DENDRA_VECTORS_LINES_AVX512_H

#include <immintrin.h>
#include <stdint.h>

typedef __m512i line;

static inline line line_load(const uint8_t *p) { return _mm512_loadu_si512(p); }
static inline void line_store(uint8_t *p, line x) { _mm512_store_si512(p, x); }

/* In a register: expanding it takes far fewer steps than expanding memory, which the compiler would make of both. */
static inline line line_in_register(const uint8_t *p) {
    line x = line_load(p);
#if defined(__AVX512F__)
    __asm__("" : "+v"(x));
#endif
    return x;
}

/*
 * What lines are expanded or compressed over, new for each: these instructions wait for what was in their target before,
 * zeroed or not. Lines of nibbles take more steps, behind which the wait is hidden and a step more is not.
 */
static inline line fresh_zeros(void) {
    line x = _mm512_setzero_si512();
#if defined(__AVX512F__)
    __asm__("" : "+v"(x));
#endif
    return x;
}

static inline line line_quads(uint16_t mask, const uint8_t *p) {
    return _mm512_mask_expand_epi32(fresh_zeros(), mask, line_in_register(p));
}

static inline line spread_nibbles(__m256i bytes) {
    __m512i words = _mm512_cvtepu8_epi16(bytes);
    return _mm512_and_si512(_mm512_or_si512(words, _mm512_slli_epi16(words, 4)), _mm512_set1_epi8(0xf));
}

static inline line nibbles_of(const uint8_t *p) { return spread_nibbles(_mm256_loadu_si256((const __m256i *) p)); }

static inline line line_quads_of_nibbles(uint16_t mask, const uint8_t *p) {
    return _mm512_maskz_expand_epi32(mask, nibbles_of(p));
}

static inline line line_if(int live, const uint8_t *p) { return _mm512_maskz_loadu_epi64((__mmask8) -live, p); }
static inline line line_nibbles_if(int live, const uint8_t *p) {
    return spread_nibbles(_mm256_maskz_loadu_epi64((__mmask8) -live, p));
}

static inline line line_flipped(line x) { return _mm512_xor_si512(x, _mm512_set1_epi8(8)); }
static inline line line_joined_nibbles(line low, line high) {
    return _mm512_or_si512(low, _mm512_slli_epi16(high, 4));
}

#endif
