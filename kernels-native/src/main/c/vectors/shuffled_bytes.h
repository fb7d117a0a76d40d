/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes brought to where a mask has bits, 8 at a time, by shuffles that a table has for each mask. */
#ifndef DENDRA_VECTORS_SHUFFLED_BYTES_H
#define DENDRA_VECTORS_SHUFFLED_BYTES_H

#include <immintrin.h>
#include <stdint.h>

#include "../shuffle_orders.h"

static inline __m128i shuffle_order(unsigned mask) {
    return _mm_loadl_epi64((const __m128i *) dendra_shuffle_orders[mask & 0xff]);
}

/* 8 bytes of a mask's next 8 bits. */
static inline __m128i next_bytes(uint64_t *mask, const uint8_t **p) {
    unsigned bits = *mask & 0xff;
    __m128i bytes = _mm_shuffle_epi8(_mm_loadl_epi64((const __m128i *) *p), shuffle_order(bits));
    *p += __builtin_popcount(bits);
    *mask >>= 8;
    return bytes;
}

static inline __m128i next_16_bytes(uint64_t *mask, const uint8_t **p) {
    __m128i low = next_bytes(mask, p);
    return _mm_unpacklo_epi64(low, next_bytes(mask, p));
}

static inline __m256i next_32_bytes(uint64_t *mask, const uint8_t **p) {
    __m128i low = next_16_bytes(mask, p);
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), next_16_bytes(mask, p), 1);
}

/* Each bit twice: words are pairs of bytes. */
static inline uint64_t doubled(uint32_t mask) {
    uint64_t x = mask;
    x = (x | x << 16) & 0x0000ffff0000ffff;
    x = (x | x << 8) & 0x00ff00ff00ff00ff;
    x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
    x = (x | x << 2) & 0x3333333333333333;
    x = (x | x << 1) & 0x5555555555555555;
    return x | x << 1;
}

#endif
