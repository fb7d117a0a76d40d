/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of a few rows of bfloat16 with sparse panels of bfloat16, which memory bounds: lines of pairs are made in
 * registers, but for 16x4 and 16x64, whose lines meet the activations of their inputs. Sums are those of the dense kernel,
 * group by group, which multiplies the expanded or compacted panel for more rows.
 */
#include "vectors/lines_vbmi2.h"

#include "avx512_compact.h"
#include "vectors/sparse_lines.h"

/* Pairs of activations, for every output. */
static inline __m512bh activation_pair(const uint16_t *x) {
    return (__m512bh) quad((const int8_t *) x);
}

ALWAYS_INLINE void stream(const int rows, const int pattern, const dendra_matmul_bf16_job *job, int64_t panel) {
    live_stream s = live_stream_of(&job->w, panel);
    const uint16_t *inputs = job->x.data;
    int64_t stride = job->x.stride;
    int64_t quads = dendra_quads(&job->w);
    const bool compact = pattern == DENDRA_LINES || pattern == DENDRA_TILES;
    if (compact) {
        uint16_t *target = job->scratch.data;
        stride += TILE_QUADS * 4;
        for (int r = 0; r < rows; r++) {
            quads = compact_bfloats(pattern, s.masks, dendra_quads(&job->w), inputs + r * job->x.stride, target + r * stride);
        }
        inputs = target;
    }
    __m512 total[DIRECT_ROWS];
    UNROLLED for (int r = 0; r < rows; r++) { total[r] = _mm512_setzero_ps(); }
    for (int64_t first = 0; first < quads; first += GROUP_QUADS) {
        const uint16_t *x = inputs + first * 4;
        __m512 sum[DIRECT_ROWS];
        UNROLLED for (int r = 0; r < rows; r++) { sum[r] = _mm512_setzero_ps(); }
        UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
            UNROLLED for (int pair = 0; pair < 2; pair++) {
                ask_for_codes(s.codes);
                __m512i line;
                if (compact) {
                    line = _mm512_load_si512(s.codes);
                    s.codes += DENDRA_LINE_BYTES;
                } else {
                    line = live_bfloats(pattern, s.masks, first + q, pair, &s.codes);
                }
                UNROLLED for (int r = 0; r < rows; r++) {
                    const uint16_t *at = x + r * stride + 4 * q + 2 * pair;
                    sum[r] = _mm512_dpbf16_ps(sum[r], (__m512bh) line, activation_pair(at));
                }
            }
        }
        UNROLLED for (int r = 0; r < rows; r++) { total[r] = _mm512_add_ps(total[r], sum[r]); }
    }
    float *y = job->y.data + panel * DENDRA_PANEL_ROWS;
    UNROLLED for (int r = 0; r < rows; r++) { _mm512_store_ps(y + r * job->y.stride, total[r]); }
}

#define STREAM(rows)                                                                                                   \
    switch (job->w.pattern) {                                                                                          \
        CASE(DENDRA_UNSTRUCTURED, stream(rows, DENDRA_UNSTRUCTURED, job, panel));                                      \
        CASE(DENDRA_QUADS, stream(rows, DENDRA_QUADS, job, panel));                                                    \
        CASE(DENDRA_LINES, stream(rows, DENDRA_LINES, job, panel));                                                    \
        CASE(DENDRA_TILES, stream(rows, DENDRA_TILES, job, panel));                                                    \
    }

bool dendra_matmul_sparse_bf16__avx512bf16vbmi2(const dendra_matmul_bf16_job *job) {
    if (job->rows > DIRECT_ROWS || job->w.encoding != DENDRA_BF16) {
        return false;
    }
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
        switch (job->rows) {
            CASE(1, STREAM(1));
            CASE(2, STREAM(2));
            CASE(3, STREAM(3));
            CASE(4, STREAM(4));
        }
    }
    return true;
}
