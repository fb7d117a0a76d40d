/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that expand.h lists, by AVX-512 with VBMI2. */
#ifndef DENDRA_VECTORS_LINES_VBMI2_H
#define DENDRA_VECTORS_LINES_VBMI2_H

#include "lines_avx512.h"

/* Words take one instruction. */
enum { PLACES_WORDS = 1 };

static inline line line_bytes(uint64_t mask, const uint8_t *p) {
    return _mm512_mask_expand_epi8(fresh_zeros(), mask, line_in_register(p));
}
static inline line line_words(uint32_t mask, const uint8_t *p) {
    return _mm512_mask_expand_epi16(fresh_zeros(), mask, line_in_register(p));
}
static inline line line_live_nibbles(uint64_t mask, const uint8_t *p) {
    return _mm512_maskz_expand_epi8(mask, nibbles_of(p));
}

#endif
