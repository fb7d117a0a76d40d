/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse matrices on AVX-512 where VBMI2 brings single weights, those of 1x1, to their places. */
#include "vectors/lines_vbmi2.h"

#include "avx512_streams.h"
#include "vectors/expand.h"

DEFINE_STREAMS(stream_unstructured, DENDRA_UNSTRUCTURED)
DEFINE_STREAMS(stream_quads, DENDRA_QUADS)

void dendra_expand_panel__avx512vbmi2(const dendra_weights *w, int64_t panel, uint8_t *image) {
    if (w->pattern == DENDRA_UNSTRUCTURED) {
        expand_pattern(DENDRA_UNSTRUCTURED, w, panel, image);
    } else {
        dendra_expand_panel__avx512(w, panel, image);
    }
}

const uint8_t *dendra_expand_quads__avx512vbmi2(const dendra_weights *w, const uint8_t *masks, int64_t quad, int64_t quads,
                                                const uint8_t *codes, uint8_t *lines) {
    return w->pattern == DENDRA_QUADS ? dendra_expand_quads__avx512(w, masks, quad, quads, codes, lines)
                                      : expand_some_quads(DENDRA_UNSTRUCTURED, w, masks, quad, quads, codes, lines);
}

bool dendra_matmul_sparse_codes__avx512vbmi2(const dendra_matmul_codes_job *job) {
    if (job->rows <= DIRECT_ROWS && job->w.pattern == DENDRA_UNSTRUCTURED) {
        stream_unstructured(job);
        return true;
    }
    if (job->rows <= DIRECT_ROWS && job->w.pattern == DENDRA_QUADS) {
        stream_quads(job);
        return true;
    }
    return dendra_matmul_sparse_codes__avx512(job);
}
