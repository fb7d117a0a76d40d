/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of a few rows with one panel of a sparse matrix, which memory bounds: in place of a load each line is made in a
 * register from its live codes, and then goes the way of a dense one. To be included behind the operations on lines that
 * vectors/expand.h lists.
 */
#ifndef DENDRA_INTERNAL_AVX512_STREAMS_H
#define DENDRA_INTERNAL_AVX512_STREAMS_H

#include "avx512_codes.h"
#include "avx512_compact.h"
#include "vectors/sparse_lines.h"

/* Quad-line `quad`, the `q`th of a group that is the `half`th of a block of which 16x64 stores all or nothing. */
ALWAYS_INLINE __m512i stream_line(const int pattern, const bool affine, live_stream *s, const uint8_t *block, int64_t quad,
                                  const int half, const int q) {
    if (pattern == DENDRA_TILES) {
        return load_line(affine, block, half, q);
    }
    if (affine) {
        return live_nibbles(pattern, s->masks, quad, &s->codes);
    }
    return _mm512_xor_si512(live_bytes(pattern, s->masks, quad, &s->codes), _mm512_set1_epi8((char) 0x80));
}

/* The exact dot products of a group with `rows` rows, as dot_group of the dense kernel. */
ALWAYS_INLINE void stream_dots(const int rows, const int planes, const bool affine, const int pattern, live_stream *s,
                               const uint8_t *block, const int half, const dendra_codes *x, int64_t g,
                               __m512i dot[DIRECT_ROWS]) {
    const int chains = dot_chains(rows, planes);
    __m512i sum[DIRECT_ROWS][2][MOST_CHAINS];
    clear_chains(rows, planes, chains, sum);
    UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
        ask_for_codes(pattern == DENDRA_TILES ? block + DENDRA_LINE_BYTES * (1 + half * GROUP_QUADS + q) : s->codes);
        __m512i line = stream_line(pattern, affine, s, block, g * GROUP_QUADS + q, half, q);
        add_line(rows, planes, chains, line, x, g * DENDRA_GROUP + 4 * q, q, sum);
    }
    join_chains(rows, planes, chains, sum, dot);
}

/*
 * ---- A single row with u4g32: its nibbles become codes two lines at once ----
 *
 * A line is 16 words, a word the quad of an output. More rows share the work that this saves, and want registers for sums.
 */

/* A constant that stays in its register, where the compiler would make it anew for each use, slowly. */
ALWAYS_INLINE __m512i held(__m512i x) {
#if defined(__AVX512F__)
    __asm__("" : "+v"(x));
#endif
    return x;
}

typedef struct nibble_constants {
    __m512i pairs[GROUP_QUADS / 2]; /* numbers of two quads, each in half of the lanes */
    __m512i eight;
    __m512i nibble;
} nibble_constants;

ALWAYS_INLINE nibble_constants held_constants(void) {
    nibble_constants c = {.eight = held(_mm512_set1_epi8(8)), .nibble = held(_mm512_set1_epi8(0xf))};
    UNROLLED for (int i = 0; i < GROUP_QUADS / 2; i++) {
        c.pairs[i] = held(_mm512_inserti64x4(_mm512_set1_epi32(2 * i), _mm256_set1_epi32(2 * i + 1), 1));
    }
    return c;
}

/* What two lines and their quads, the `pair`th two, add: outputs 0 to 3 and 8 to 11 of either line, and the others. */
ALWAYS_INLINE void add_nibble_lines(const int planes, const nibble_constants *c, __m512i words, const __m512i quads[2],
                                    const int pair, __m512i sum[2][2]) {
    enum { FLIP_AND_CUT = 0x28 }; /* (a ^ b) & c */
    const __m512i low = _mm512_ternarylogic_epi32(words, c->eight, c->nibble, FLIP_AND_CUT);
    const __m512i high = _mm512_ternarylogic_epi32(_mm512_srli_epi16(words, 4), c->eight, c->nibble, FLIP_AND_CUT);
    const __m512i codes[2] = {_mm512_unpacklo_epi8(low, high), _mm512_unpackhi_epi8(low, high)};
    UNROLLED for (int plane = 0; plane < planes; plane++) {
        const __m512i activations = _mm512_permutexvar_epi32(c->pairs[pair], quads[plane]);
        UNROLLED for (int i = 0; i < 2; i++) {
            sum[plane][i] = _mm512_dpbusd_epi32(sum[plane][i], codes[i], activations);
        }
    }
}

/* The sums of 16 outputs, in order. */
ALWAYS_INLINE __m512i joined_nibble_sums(const int planes, __m512i sum[2][2]) {
    __m512i both[2];
    UNROLLED for (int i = 0; i < 2; i++) { both[i] = planes == 2 ? joined(sum[0][i], sum[1][i]) : sum[0][i]; }
    const __m512i total = _mm512_add_epi32(_mm512_shuffle_i32x4(both[0], both[1], _MM_SHUFFLE(1, 0, 1, 0)),
                                           _mm512_shuffle_i32x4(both[0], both[1], _MM_SHUFFLE(3, 2, 3, 2)));
    return _mm512_shuffle_i32x4(total, total, _MM_SHUFFLE(3, 1, 2, 0));
}

/* A group's codes in the lower half. */
ALWAYS_INLINE __m512i group_quads(const dendra_codes *x, const int plane, int64_t g, uint8_t mask) {
    return _mm512_maskz_loadu_epi32(mask, (plane == 0 ? x->codes : x->low_codes) + g * DENDRA_GROUP);
}

/* The products of dead quads: codes of 8. */
ALWAYS_INLINE __m512i dead_products(const int planes, const nibble_constants *c, const dendra_codes *x, int64_t g,
                                    uint8_t dead) {
    __m512i sum[2];
    UNROLLED for (int plane = 0; plane < planes; plane++) {
        const __m512i quads = _mm512_broadcast_i64x4(_mm512_castsi512_si256(group_quads(x, plane, g, dead)));
        sum[plane] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), c->eight, quads);
    }
    __m512i total = planes == 2 ? joined(sum[0], sum[1]) : sum[0];
    total = _mm512_add_epi32(total, _mm512_shuffle_epi32(total, _MM_PERM_BADC));
    total = _mm512_add_epi32(total, _mm512_shuffle_epi32(total, _MM_PERM_CDAB));
    return _mm512_add_epi32(total, _mm512_shuffle_i32x4(total, total, _MM_SHUFFLE(2, 3, 0, 1)));
}

/*
 * The exact dot products of a group of 16x4: live quads go first, and zeros behind them meet whatever lies behind the live
 * lines, so that their number decides nothing.
 */
ALWAYS_INLINE __m512i line_dots(const int planes, const nibble_constants *c, live_stream *s, const dendra_codes *x, int64_t g) {
    enum { MOST_BYTES = GROUP_QUADS / 2 * DENDRA_LINE_BYTES };
    const uint8_t mask = s->masks[g];
    const int64_t live_bytes = __builtin_popcount(mask) * DENDRA_LINE_BYTES / 2;
    _Alignas(64) uint8_t last[MOST_BYTES];
    const uint8_t *lines = s->codes + MOST_BYTES <= s->end ? s->codes : memcpy(last, s->codes, (size_t) live_bytes);
    s->codes += live_bytes;
    __m512i quads[2];
    __m512i sum[2][2];
    UNROLLED for (int plane = 0; plane < planes; plane++) {
        quads[plane] = _mm512_mask_compress_epi32(fresh_zeros(), mask, group_quads(x, plane, g, UINT8_MAX));
        UNROLLED for (int i = 0; i < 2; i++) { sum[plane][i] = _mm512_setzero_si512(); }
    }
    UNROLLED for (int pair = 0; pair < GROUP_QUADS / 2; pair++) {
        ask_for_codes(lines + pair * DENDRA_LINE_BYTES);
        add_nibble_lines(planes, c, _mm512_loadu_si512(lines + pair * DENDRA_LINE_BYTES), quads, pair, sum);
    }
    return _mm512_add_epi32(joined_nibble_sums(planes, sum), dead_products(planes, c, x, g, (uint8_t) ~mask));
}

/* The same of 1x4. */
ALWAYS_INLINE __m512i quad_dots(const int planes, const nibble_constants *c, live_stream *s, const dendra_codes *x, int64_t g) {
    __m512i quads[2];
    __m512i sum[2][2];
    UNROLLED for (int plane = 0; plane < planes; plane++) {
        quads[plane] = group_quads(x, plane, g, UINT8_MAX);
        UNROLLED for (int i = 0; i < 2; i++) { sum[plane][i] = _mm512_setzero_si512(); }
    }
    UNROLLED for (int pair = 0; pair < GROUP_QUADS / 2; pair++) {
        ask_for_codes(s->codes);
        const uint64_t mask = in_register(dendra_mask32(s->masks, g * GROUP_QUADS / 2 + pair));
        add_nibble_lines(planes, c, line_words((uint32_t) mask, s->codes), quads, pair, sum);
        s->codes += 2 * __builtin_popcountll(mask);
    }
    return joined_nibble_sums(planes, sum);
}

/* ---- Any few rows ---- */

ALWAYS_INLINE void stream_groups(const int rows, const int planes, const bool affine, const int pattern,
                                 const dendra_matmul_codes_job *job, int64_t panel) {
    const int encoding = affine ? DENDRA_U4G32 : DENDRA_I8G32;
    const int block_groups = affine ? 1 : 2;
    const int64_t block_bytes = DENDRA_LINE_BYTES * (affine ? 5 : 17);
    const dendra_codes *x = &job->x;
    const nibble_constants c = held_constants();
    live_stream s = live_stream_of(&job->w, panel);
    __m512 sum[DIRECT_ROWS];
    UNROLLED for (int r = 0; r < rows; r++) { sum[r] = _mm512_setzero_ps(); }
    const int64_t count = groups(&job->w);
    for (int64_t g = 0; g < count; g += block_groups) {
        if (is_dropped(encoding, pattern, s.masks, g * GROUP_QUADS)) {
            continue;
        }
        const uint8_t *block = s.codes;
        halves scales = halves_of(_mm512_loadu_si512(block));
        s.codes += pattern == DENDRA_TILES ? block_bytes : DENDRA_LINE_BYTES;
        UNROLLED for (int half = 0; half < block_groups; half++) {
            if (g + half < count) {
                __m512 scale = half == 0 ? scales.low : scales.high;
                __m512 offset = group_offset(affine, scales, scale);
                __m512i dot[DIRECT_ROWS];
                if (affine && rows == 1 && pattern == DENDRA_LINES) {
                    dot[0] = line_dots(planes, &c, &s, x, g);
                } else if (affine && rows == 1 && pattern == DENDRA_QUADS && PLACES_WORDS) {
                    dot[0] = quad_dots(planes, &c, &s, x, g);
                } else {
                    stream_dots(rows, planes, affine, pattern, &s, block, half, x, g + half, dot);
                }
                UNROLLED for (int r = 0; r < rows; r++) {
                    int64_t at = g + half + r * (x->stride / DENDRA_GROUP);
                    sum[r] = add_group(planes, affine, dot[r], scale, offset, x, at, sum[r]);
                }
            }
        }
    }
    float *y = job->y.data + panel * DENDRA_PANEL_ROWS;
    UNROLLED for (int r = 0; r < rows; r++) { _mm512_store_ps(y + r * job->y.stride, sum[r]); }
}

/* Activations that a panel of i8 meets: for 16x4 and 16x64 those of its live inputs alone. */
typedef struct live_rows {
    const int8_t *codes[2];
    int64_t stride;
    int64_t quads;
    int32_t excess[DIRECT_ROWS][2]; /* 128 times the sums of codes */
} live_rows;

ALWAYS_INLINE live_rows live_rows_of(const int rows, const int planes, const int pattern, const dendra_matmul_codes_job *job,
                                     const uint8_t *masks) {
    const dendra_codes *x = &job->x;
    const int64_t quads = dendra_quads(&job->w);
    live_rows live = {{x->codes, x->low_codes}, x->stride, quads, {{0}}};
    const bool compact = pattern == DENDRA_LINES || pattern == DENDRA_TILES;
    if (compact) {
        live.stride += DENDRA_LINE_BYTES;
    }
    UNROLLED for (int plane = 0; plane < planes; plane++) {
        int8_t *target = (int8_t *) job->scratch.data + plane * rows * live.stride;
        for (int r = 0; r < rows; r++) {
            if (compact) {
                __m512i excess = _mm512_setzero_si512();
                live.quads = compact_codes(pattern, masks, quads, live.codes[plane] + r * x->stride,
                                           target + r * live.stride, &excess);
                live.excess[r][plane] = _mm512_reduce_add_epi32(excess);
            } else {
                live.excess[r][plane] = 128 * (plane == 0 ? x->sums : x->low_sums)[r];
            }
        }
        if (compact) {
            live.codes[plane] = target;
        }
    }
    return live;
}

/* The next line of i8. */
ALWAYS_INLINE __m512i channel_line(const int pattern, live_stream *s, int64_t quad) {
    if (pattern == DENDRA_UNSTRUCTURED || pattern == DENDRA_QUADS) {
        return live_bytes(pattern, s->masks, quad, &s->codes);
    }
    const __m512i line = _mm512_load_si512(s->codes);
    s->codes += DENDRA_LINE_BYTES;
    return line;
}

/* i8: four sums for each row hide the latency of vpdpbusd. */
ALWAYS_INLINE void stream_channels(const int rows, const int planes, const int pattern, const dendra_matmul_codes_job *job,
                                   int64_t panel) {
    enum { CHAINS = 4 };
    live_stream s = live_stream_of(&job->w, panel);
    const live_rows x = live_rows_of(rows, planes, pattern, job, s.masks);
    const __m512 scale = _mm512_loadu_ps(s.codes);
    s.codes += DENDRA_LINE_BYTES;
    __m512i dot[DIRECT_ROWS][2][CHAINS];
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int plane = 0; plane < planes; plane++) {
            UNROLLED for (int c = 0; c < CHAINS; c++) { dot[r][plane][c] = _mm512_setzero_si512(); }
        }
    }
    for (int64_t first = 0; first < x.quads; first += GROUP_QUADS) {
        UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
            ask_for_codes(s.codes);
            __m512i line = _mm512_xor_si512(channel_line(pattern, &s, first + q), _mm512_set1_epi8((char) 0x80));
            UNROLLED for (int r = 0; r < rows; r++) {
                UNROLLED for (int plane = 0; plane < planes; plane++) {
                    const int8_t *codes = x.codes[plane] + r * x.stride + 4 * (first + q);
                    __m512i *sum = &dot[r][plane][q % CHAINS];
                    *sum = _mm512_dpbusd_epi32(*sum, line, quad(codes));
                }
            }
        }
    }
    UNROLLED for (int r = 0; r < rows; r++) {
        __m512i total[2];
        UNROLLED for (int plane = 0; plane < planes; plane++) {
            total[plane] = _mm512_set1_epi32(-x.excess[r][plane]);
            UNROLLED for (int c = 0; c < CHAINS; c++) {
                total[plane] = _mm512_add_epi32(total[plane], dot[r][plane][c]);
            }
        }
        float *y = job->y.data + r * job->y.stride + panel * DENDRA_PANEL_ROWS;
        _mm512_store_ps(y, channel_values(planes, total, _mm512_set1_ps(job->x.scales[r]), scale));
    }
}

#define STREAM_PLANES(rows, pattern)                                                                                   \
    if (job->x.low_codes == NULL) {                                                                                    \
        stream_encoding(rows, 1, pattern, job, panel);                                                                 \
    } else {                                                                                                           \
        stream_encoding(rows, 2, pattern, job, panel);                                                                 \
    }

ALWAYS_INLINE void stream_encoding(const int rows, const int planes, const int pattern, const dendra_matmul_codes_job *job,
                                   int64_t panel) {
    switch (job->w.encoding) {
        CASE(DENDRA_I8, stream_channels(rows, planes, pattern, job, panel));
        CASE(DENDRA_I8G32, stream_groups(rows, planes, false, pattern, job, panel));
        CASE(DENDRA_U4G32, stream_groups(rows, planes, true, pattern, job, panel));
    }
}

/* A function for each number of rows, so that registers of one do not crowd those of another. */
#define DEFINE_STREAMS(name, pattern)                                                                                  \
    static void name(const dendra_matmul_codes_job *job) {                                                             \
        for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {                                        \
            switch (job->rows) {                                                                                       \
                CASE(1, STREAM_PLANES(1, pattern));                                                                    \
                CASE(2, STREAM_PLANES(2, pattern));                                                                    \
                CASE(3, STREAM_PLANES(3, pattern));                                                                    \
                CASE(4, STREAM_PLANES(4, pattern));                                                                    \
            }                                                                                                          \
        }                                                                                                              \
    }

#endif
