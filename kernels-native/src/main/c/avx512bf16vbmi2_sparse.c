/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of a few rows of bfloat16 with sparse panels of bfloat16, 1x1 and 1x4, which memory bounds: lines of pairs are
 * made in registers. Sums are those of the dense kernel, group by group, which multiplies the expanded panel for more rows.
 */
#include "vectors/lines_vbmi2.h"

#include "avx512_lines.h"
#include "vectors/sparse_lines.h"

/* Pairs of activations, for every output. */
static inline __m512bh activation_pair(const uint16_t *x) {
    return (__m512bh) quad((const int8_t *) x);
}

ALWAYS_INLINE void stream(const int rows, const int pattern, const dendra_matmul_bf16_job *job, int64_t panel) {
    live_stream s = live_stream_of(&job->w, panel);
    __m512 total[DIRECT_ROWS];
    UNROLLED for (int r = 0; r < rows; r++) { total[r] = _mm512_setzero_ps(); }
    for (int64_t first = 0; first < dendra_quads(&job->w); first += GROUP_QUADS) {
        const uint16_t *x = job->x.data + first * 4;
        __m512 sum[DIRECT_ROWS];
        UNROLLED for (int r = 0; r < rows; r++) { sum[r] = _mm512_setzero_ps(); }
        UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
            UNROLLED for (int pair = 0; pair < 2; pair++) {
                ask_for_codes(s.codes);
                const __m512bh weights = (__m512bh) live_bfloats(pattern, s.masks, first + q, pair, &s.codes);
                UNROLLED for (int r = 0; r < rows; r++) {
                    const uint16_t *inputs = x + r * job->x.stride + 4 * q + 2 * pair;
                    sum[r] = _mm512_dpbf16_ps(sum[r], weights, activation_pair(inputs));
                }
            }
        }
        UNROLLED for (int r = 0; r < rows; r++) { total[r] = _mm512_add_ps(total[r], sum[r]); }
    }
    float *y = job->y.data + panel * DENDRA_PANEL_ROWS;
    UNROLLED for (int r = 0; r < rows; r++) { _mm512_store_ps(y + r * job->y.stride, total[r]); }
}

#define STREAM(rows)                                                                                                   \
    case rows:                                                                                                         \
        if (job->w.pattern == DENDRA_QUADS) {                                                                          \
            stream(rows, DENDRA_QUADS, job, panel);                                                                    \
        } else {                                                                                                       \
            stream(rows, DENDRA_UNSTRUCTURED, job, panel);                                                             \
        }                                                                                                              \
        break

bool dendra_matmul_sparse_bf16__avx512bf16vbmi2(const dendra_matmul_bf16_job *job) {
    const bool registers = job->w.pattern == DENDRA_UNSTRUCTURED || job->w.pattern == DENDRA_QUADS;
    if (job->rows > DIRECT_ROWS || job->w.encoding != DENDRA_BF16 || !registers) {
        return false;
    }
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
        switch (job->rows) {
            STREAM(1);
            STREAM(2);
            STREAM(3);
            STREAM(4);
        }
    }
    return true;
}
