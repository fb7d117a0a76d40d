/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse matrices on AVX-512. Without VBMI2 single weights, those of 1x1, come to their places by the shuffles of AVX2. */
#include "vectors/lines_avx512.h"
#include "vectors/shuffled_bytes.h"

enum { PLACES_WORDS = 0 };

static inline line line_bytes(uint64_t mask, const uint8_t *p) {
    __m256i low = next_32_bytes(&mask, &p);
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), next_32_bytes(&mask, &p), 1);
}

static inline line line_words(uint32_t mask, const uint8_t *p) { return line_bytes(doubled(mask), p); }

static inline line line_live_nibbles(uint64_t mask, const uint8_t *p) {
    _Alignas(64) uint8_t bytes[64];
    line_store(bytes, nibbles_of(p));
    return line_bytes(mask, bytes);
}

#include "avx512_streams.h"
#include "vectors/expand.h"

DEFINE_STREAMS(stream_unstructured, DENDRA_UNSTRUCTURED)
DEFINE_STREAMS(stream_quads, DENDRA_QUADS)
DEFINE_STREAMS(stream_lines, DENDRA_LINES)
DEFINE_STREAMS(stream_tiles, DENDRA_TILES)

void dendra_expand_panel__avx512(const dendra_weights *w, int64_t panel, uint8_t *image) {
    expand_any(w, panel, image);
}

const uint8_t *dendra_expand_quads__avx512(const dendra_weights *w, const uint8_t *masks, int64_t quad, int64_t quads,
                                           const uint8_t *codes, uint8_t *lines) {
    return w->pattern == DENDRA_QUADS ? expand_some_quads(DENDRA_QUADS, w, masks, quad, quads, codes, lines)
                                      : expand_some_quads(DENDRA_UNSTRUCTURED, w, masks, quad, quads, codes, lines);
}

bool dendra_matmul_sparse_codes__avx512(const dendra_matmul_codes_job *job) {
    if (job->rows > DIRECT_ROWS) {
        if (job->w.pattern == DENDRA_LINES || job->w.pattern == DENDRA_TILES) {
            dendra_multiply_live_lines__avx512(job);
            return true;
        }
        return false;
    }
    switch (job->w.pattern) {
        CASE(DENDRA_UNSTRUCTURED, stream_unstructured(job));
        CASE(DENDRA_QUADS, stream_quads(job));
        CASE(DENDRA_LINES, stream_lines(job));
        CASE(DENDRA_TILES, stream_tiles(job));
    }
    return true;
}
