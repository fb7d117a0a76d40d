/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that expand.h lists, by AVX2: elements come to their places by shuffles that a table has for each mask. */
#ifndef DENDRA_VECTORS_LINES_AVX2_H
#define DENDRA_VECTORS_LINES_AVX2_H

#include "shuffled_bytes.h"

typedef struct line {
    __m256i low;
    __m256i high;
} line;

static inline line line_load(const uint8_t *p) {
    return (line) {_mm256_loadu_si256((const __m256i *) p), _mm256_loadu_si256((const __m256i *) (p + 32))};
}

static inline void line_store(uint8_t *p, line x) {
    _mm256_store_si256((__m256i *) p, x.low);
    _mm256_store_si256((__m256i *) (p + 32), x.high);
}

static inline line line_bytes(uint64_t mask, const uint8_t *p) {
    __m256i low = next_32_bytes(&mask, &p);
    return (line) {low, next_32_bytes(&mask, &p)};
}

static inline line line_words(uint32_t mask, const uint8_t *p) { return line_bytes(doubled(mask), p); }

static inline __m256i half_quads(unsigned mask, const uint8_t *p) {
    __m256i order = _mm256_cvtepu8_epi32(shuffle_order(mask));
    __m256i placed = _mm256_permutevar8x32_epi32(_mm256_loadu_si256((const __m256i *) p), order);
    return _mm256_andnot_si256(_mm256_cmpgt_epi32(order, _mm256_set1_epi32(7)), placed);
}

static inline line line_quads(uint16_t mask, const uint8_t *p) {
    unsigned low = mask & 0xff;
    return (line) {half_quads(low, p), half_quads(mask >> 8, p + 4 * __builtin_popcount(low))};
}

/* The nibbles of 16 bytes. */
static inline __m256i half_nibbles(__m128i bytes) {
    __m256i words = _mm256_cvtepu8_epi16(bytes);
    return _mm256_and_si256(_mm256_or_si256(words, _mm256_slli_epi16(words, 4)), _mm256_set1_epi8(0xf));
}

static inline line nibbles_of(const uint8_t *p) {
    return (line) {half_nibbles(_mm_loadu_si128((const __m128i *) p)),
                   half_nibbles(_mm_loadu_si128((const __m128i *) (p + 16)))};
}

static inline line line_live_nibbles(uint64_t mask, const uint8_t *p) {
    _Alignas(32) uint8_t bytes[64];
    line_store(bytes, nibbles_of(p));
    return line_bytes(mask, bytes);
}

static inline line line_quads_of_nibbles(uint16_t mask, const uint8_t *p) {
    _Alignas(32) uint8_t bytes[64 + 32];
    line_store(bytes, nibbles_of(p));
    return line_quads(mask, bytes);
}

static inline line and_live(line x, int live) {
    __m256i mask = _mm256_set1_epi32(-live);
    return (line) {_mm256_and_si256(x.low, mask), _mm256_and_si256(x.high, mask)};
}

static inline line line_if(int live, const uint8_t *p) { return and_live(line_load(p), live); }
static inline line line_nibbles_if(int live, const uint8_t *p) { return and_live(nibbles_of(p), live); }

static inline line line_flipped(line x) {
    const __m256i eights = _mm256_set1_epi8(8);
    return (line) {_mm256_xor_si256(x.low, eights), _mm256_xor_si256(x.high, eights)};
}

static inline line line_joined_nibbles(line low, line high) {
    return (line) {_mm256_or_si256(low.low, _mm256_slli_epi16(high.low, 4)),
                   _mm256_or_si256(low.high, _mm256_slli_epi16(high.high, 4))};
}

#endif
