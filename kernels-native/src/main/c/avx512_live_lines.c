/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of many rows with sparse matrices of whole lines, 16x4 and 16x64: work for what lives alone. The codes of a
 * block of rows are first laid out quad by quad, a quad of each row side by side, so that a live line finds its activations
 * by the number of its quad. Panels cannot share loads of them as they do in the dense kernel, since they live at different
 * inputs; instead 16 rows are the lanes of a vector, which all outputs share. What is left of the rows takes outputs as lanes
 * and loads a quad of each row.
 *
 * Activations are the unsigned operand of vpdpbusd, code + 128; 128 times the sum of a panel's live codes comes off, which
 * all rows share.
 */
#include "avx512_codes.h"
#include "sparse.h"

enum {
    QUAD_LANES = 16,   /* rows that there is room for beside each other */
    GROUP_ROWS = 12,   /* with an integer and a float sum for each, what registers hold */
    GROUP_VECTORS = 4, /* of 16 rows, that go through a group before the next */
    GROUP_SUMS = 16,   /* integer ones of a group */
    CHANNEL_SUMS = 16, /* rows, or planes of rows */
    MOST_QUADS = DENDRA_MAX_SPARSE_COLUMNS / 4,
    MOST_GROUPS = DENDRA_MAX_SPARSE_COLUMNS / DENDRA_GROUP,
    PACKED_BYTES = (1 << 21) + (1 << 18),
    WARM_PACKED_BYTES = 5 << 17 /* 64 rows of int16 and 4096 inputs, with their numbers */
};

/* A group with a live line. */
typedef struct live_group {
    _Alignas(64) float scales[DENDRA_PANEL_ROWS];
    float offsets[DENDRA_PANEL_ROWS]; /* as group_offset */
    int32_t start[DENDRA_PANEL_ROWS]; /* what a dot product with activations of code + 128 begins with */
    const uint8_t *lines;             /* of signed bytes */
    int64_t group;
    int64_t count;
    uint32_t quads[GROUP_QUADS];
} live_group;

/* What a group of 16 rows goes with. */
typedef struct group_numbers {
    _Alignas(64) float scales[QUAD_LANES];
    int32_t sums[QUAD_LANES]; /* of the codes */
} group_numbers;

/* Outputs of 16 rows, which are lanes. */
typedef float lane_values[DENDRA_PANEL_ROWS][QUAD_LANES];

/* What lies in the part of scratch that sparse products have. */
typedef struct live_scratch {
    uint8_t packed[PACKED_BYTES]; /* blocks of rows */
    union {
        struct {
            live_group groups[MOST_GROUPS];
            uint8_t lines[MOST_QUADS * DENDRA_LINE_BYTES]; /* u4g32 as signed bytes */
        };
        struct {
            int32_t excess[DENDRA_PANEL_ROWS];
            uint16_t quads[MOST_QUADS];
        };
    };
} live_scratch;

_Static_assert(sizeof(live_scratch) <= DENDRA_WORKER_SCRATCH_BYTES - DENDRA_SCRATCH_BYTES, "scratch");
_Static_assert(2 * MOST_QUADS * QUAD_LANES * 4 + MOST_GROUPS * sizeof(group_numbers) <= PACKED_BYTES, "a block of both planes");
_Static_assert(2 * WARM_PACKED_BYTES <= PACKED_BYTES, "a block more than what stays warm");

/* Lines of the next panel, asked for one with each line of this one. */
typedef struct next_panel {
    const uint8_t *next;
    const uint8_t *end;
} next_panel;

ALWAYS_INLINE void ask_for_next(next_panel *ahead) {
    if (ahead->next < ahead->end) {
        _mm_prefetch(ahead->next, _MM_HINT_T1);
        ahead->next += DENDRA_LINE_BYTES;
    }
}

/* ---- Activations ---- */

/* 16 quads of 16 rows, [row][quad] to [quad][row]. */
ALWAYS_INLINE void transpose_quads(__m512i x[16]) {
    __m512i t[16];
    UNROLLED for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(x[i], x[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(x[i], x[i + 1]);
    }
    UNROLLED for (int i = 0; i < 16; i += 4) {
        x[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        x[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        x[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        x[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    UNROLLED for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0xdd);
    }
    UNROLLED for (int i = 0; i < 4; i++) {
        x[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        x[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        x[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        x[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

/* 16 rows at most, a quad of each side by side. */
static void pack_block(const int8_t *codes, int64_t stride, int64_t rows, uint8_t *target, int64_t quad_bytes) {
    for (int64_t k = 0; k < stride; k += 64) {
        __m512i x[16];
        UNROLLED for (int r = 0; r < 16; r++) {
            x[r] = r < rows ? unsigned_line(codes + r * stride + k) : _mm512_setzero_si512();
        }
        transpose_quads(x);
        UNROLLED for (int q = 0; q < 16; q++) { _mm512_store_si512(target + (k / 4 + q) * quad_bytes, x[q]); }
    }
}

/* Bytes of a block of rows and one plane. */
static int64_t packed_bytes(const dendra_weights *w) { return dendra_quads(w) * QUAD_LANES * 4; }

/* Bytes of 16 rows. */
static int64_t block_bytes(const dendra_matmul_codes_job *job) {
    const int64_t planes = job->x.low_codes == NULL ? 1 : 2;
    const int64_t numbers = job->x.group == 0 ? 0 : job->x.stride / DENDRA_GROUP * (int64_t) sizeof(group_numbers);
    return packed_bytes(&job->w) * planes + numbers;
}

/* ---- i8 ---- */

/* [block][plane][quad][QUAD_LANES] of rows from `row` on, in blocks of `most` at most. */
static void pack_channels(const dendra_codes *x, int64_t row, int64_t rows, int64_t most, uint8_t *target) {
    const int64_t bytes = x->stride * QUAD_LANES;
    int64_t block;
    for (int64_t r = 0; r < rows; r += block) {
        block = block_size(rows, most, r);
        pack_block(x->codes + (row + r) * x->stride, x->stride, block, target, QUAD_LANES * 4);
        target += bytes;
        if (x->low_codes != NULL) {
            pack_block(x->low_codes + (row + r) * x->stride, x->stride, block, target, QUAD_LANES * 4);
            target += bytes;
        }
    }
}

/* Numbers of live quads; tiles are 16 each. */
static int64_t list_quads(const dendra_weights *w, const uint8_t *masks, uint16_t *quads) {
    if (w->pattern == DENDRA_LINES) {
        return dendra_list_bits(masks, dendra_quads(w), quads);
    }
    uint16_t tiles[MOST_QUADS / TILE_QUADS];
    const int64_t count = dendra_list_bits(masks, dendra_quads(w) / TILE_QUADS, tiles);
    for (int64_t i = 0; i < count; i++) {
        for (int64_t q = 0; q < TILE_QUADS; q++) {
            quads[i * TILE_QUADS + q] = (uint16_t) (tiles[i] * TILE_QUADS + q);
        }
    }
    return count * TILE_QUADS;
}

/* -128 times the sums of `count` lines of signed codes, a multiple of four. */
static __m512i channel_excess(const uint8_t *lines, int64_t count) {
    __m512i sums[4];
    UNROLLED for (int c = 0; c < 4; c++) { sums[c] = _mm512_setzero_si512(); }
    for (int64_t i = 0; i < count; i += 4, lines += 4 * DENDRA_LINE_BYTES) {
        UNROLLED for (int c = 0; c < 4; c++) {
            const __m512i line = _mm512_load_si512(lines + c * DENDRA_LINE_BYTES);
            sums[c] = _mm512_dpbusd_epi32(sums[c], _mm512_set1_epi8(1), line);
        }
    }
    UNROLLED for (int c = 1; c < 4; c++) { sums[0] = _mm512_add_epi32(sums[0], sums[c]); }
    return _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32(sums[0], 7));
}

/* A panel and a block of rows. */
typedef struct channel_block {
    const uint8_t *lines;
    const uint16_t *quads;
    int64_t count;
    const uint8_t *packed;
    int64_t plane_bytes;
    const float *scales;      /* of rows */
    const int32_t *excess;
    const float *panel_scales;
    float *y;
    int64_t y_stride;
} channel_block;

ALWAYS_INLINE void sweep_channels(const int rows, const int planes, const channel_block *b, next_panel *ahead) {
    __m512i dot[CHANNEL_SUMS][2];
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int plane = 0; plane < planes; plane++) { dot[r][plane] = _mm512_load_si512(b->excess); }
    }
    for (int64_t i = 0; i < b->count; i++) {
        ask_for_next(ahead);
        const __m512i line = _mm512_load_si512(b->lines + i * DENDRA_LINE_BYTES);
        const uint8_t *x = b->packed + (int64_t) b->quads[i] * QUAD_LANES * 4;
        UNROLLED for (int plane = 0; plane < planes; plane++) {
            UNROLLED for (int r = 0; r < rows; r++) {
                __m512i activation = quad((const int8_t *) x + plane * b->plane_bytes + r * 4);
                dot[r][plane] = _mm512_dpbusd_epi32(dot[r][plane], activation, line);
            }
        }
    }
    const __m512 scale = _mm512_load_ps(b->panel_scales);
    UNROLLED for (int r = 0; r < rows; r++) {
        _mm512_store_ps(b->y + r * b->y_stride, channel_values(planes, dot[r], _mm512_set1_ps(b->scales[r]), scale));
    }
}

static void sweep_channel_rows(int64_t rows, const channel_block *b, next_panel *ahead) {
    switch (rows) {
        CASE(1, sweep_channels(1, 1, b, ahead));
        CASE(2, sweep_channels(2, 1, b, ahead));
        CASE(3, sweep_channels(3, 1, b, ahead));
        CASE(4, sweep_channels(4, 1, b, ahead));
        CASE(5, sweep_channels(5, 1, b, ahead));
        CASE(6, sweep_channels(6, 1, b, ahead));
        CASE(7, sweep_channels(7, 1, b, ahead));
        CASE(8, sweep_channels(8, 1, b, ahead));
        CASE(9, sweep_channels(9, 1, b, ahead));
        CASE(10, sweep_channels(10, 1, b, ahead));
        CASE(11, sweep_channels(11, 1, b, ahead));
        CASE(12, sweep_channels(12, 1, b, ahead));
        CASE(13, sweep_channels(13, 1, b, ahead));
        CASE(14, sweep_channels(14, 1, b, ahead));
        CASE(15, sweep_channels(15, 1, b, ahead));
        CASE(16, sweep_channels(16, 1, b, ahead));
    }
}

static void sweep_channel_planes(int64_t rows, const channel_block *b, next_panel *ahead) {
    switch (rows) {
        CASE(1, sweep_channels(1, 2, b, ahead));
        CASE(2, sweep_channels(2, 2, b, ahead));
        CASE(3, sweep_channels(3, 2, b, ahead));
        CASE(4, sweep_channels(4, 2, b, ahead));
        CASE(5, sweep_channels(5, 2, b, ahead));
        CASE(6, sweep_channels(6, 2, b, ahead));
        CASE(7, sweep_channels(7, 2, b, ahead));
        CASE(8, sweep_channels(8, 2, b, ahead));
    }
}

/* Vectors of 16 rows, or of planes of them, that go together: with 8 sums each. */
enum { MOST_VECTORS = 3, HALF_OUTPUTS = DENDRA_PANEL_ROWS / 2 };

/*
 * 16 rows a vector with half of a panel's outputs: rows are lanes, and codes of weights are loaded for all of them, so that
 * 8 loads and one for each vector serve 8 products for each. Writes [vector][output][row].
 */
ALWAYS_INLINE void sweep_vectors(const int vectors, const int planes, const int half, const channel_block *b,
                                 lane_values values[MOST_VECTORS], next_panel *ahead) {
    __m512i dot[HALF_OUTPUTS][MOST_VECTORS];
    UNROLLED for (int n = 0; n < HALF_OUTPUTS; n++) {
        UNROLLED for (int v = 0; v < vectors; v++) {
            dot[n][v] = _mm512_set1_epi32(b->excess[half * HALF_OUTPUTS + n]);
        }
    }
    const int8_t *codes = (const int8_t *) b->lines + half * HALF_OUTPUTS * 4;
    for (int64_t i = 0; i < b->count; i++, codes += DENDRA_LINE_BYTES) {
        ask_for_next(ahead);
        const uint8_t *x = b->packed + (int64_t) b->quads[i] * QUAD_LANES * 4;
        __m512i activations[MOST_VECTORS];
        UNROLLED for (int v = 0; v < vectors; v++) { activations[v] = _mm512_load_si512(x + v * b->plane_bytes); }
        UNROLLED for (int n = 0; n < HALF_OUTPUTS; n++) {
            const __m512i weights = quad(codes + n * 4);
            UNROLLED for (int v = 0; v < vectors; v++) {
                dot[n][v] = _mm512_dpbusd_epi32(dot[n][v], activations[v], weights);
            }
        }
    }
    UNROLLED for (int n = 0; n < HALF_OUTPUTS; n++) {
        const int output = half * HALF_OUTPUTS + n;
        UNROLLED for (int v = 0; v < vectors; v += planes) {
            const __m512i both[2] = {dot[n][v], dot[n][v + planes - 1]};
            const __m512 a = _mm512_loadu_ps(b->scales + v / planes * QUAD_LANES);
            const __m512 scale = _mm512_set1_ps(b->panel_scales[output]);
            _mm512_store_ps(values[v / planes][output], channel_values(planes, both, a, scale));
        }
    }
}

static void store_lanes(lane_values values, float *y, int64_t y_stride) {
    __m512i x[16];
    UNROLLED for (int n = 0; n < 16; n++) { x[n] = _mm512_load_si512(values[n]); }
    transpose_quads(x);
    UNROLLED for (int r = 0; r < 16; r++) { _mm512_store_si512(y + r * y_stride, x[r]); }
}

ALWAYS_INLINE void multiply_vectors(const int vectors, const int planes, const channel_block *b, next_panel *ahead) {
    _Alignas(64) lane_values values[MOST_VECTORS];
    sweep_vectors(vectors, planes, 0, b, values, ahead);
    sweep_vectors(vectors, planes, 1, b, values, ahead);
    for (int v = 0; v < vectors / planes; v++) {
        store_lanes(values[v], b->y + v * QUAD_LANES * b->y_stride, b->y_stride);
    }
}

static void multiply_row_vectors(int64_t vectors, int planes, const channel_block *b, next_panel *ahead) {
    if (planes == 2) {
        multiply_vectors(2, 2, b, ahead);
        return;
    }
    switch (vectors) {
        CASE(1, multiply_vectors(1, 1, b, ahead));
        CASE(2, multiply_vectors(2, 1, b, ahead));
        CASE(3, multiply_vectors(3, 1, b, ahead));
    }
}

static next_panel next_panel_of(const dendra_matmul_codes_job *job, int64_t panel) {
    if (panel + 1 == job->panel_to) {
        return (next_panel) {NULL, NULL};
    }
    return (next_panel) {dendra_masks(&job->w, panel + 1), dendra_masks(&job->w, panel + 2)};
}

static void multiply_channel_panel(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, int64_t most,
                                   int64_t panel, live_scratch *scratch) {
    const dendra_weights *w = &job->w;
    const uint8_t *blocks = dendra_live_blocks(w, panel);
    const int64_t count = list_quads(w, dendra_masks(w, panel), scratch->quads);
    const int planes = job->x.low_codes == NULL ? 1 : 2;
    /* Live lines are padded to 16 of them. */
    _mm512_store_si512(scratch->excess, channel_excess(blocks + DENDRA_LINE_BYTES, count));
    channel_block b = {.lines = blocks + DENDRA_LINE_BYTES,
                       .quads = scratch->quads,
                       .count = count,
                       .packed = scratch->packed,
                       .plane_bytes = packed_bytes(w),
                       .excess = scratch->excess,
                       .panel_scales = (const float *) blocks,
                       .y_stride = job->y.stride};
    next_panel ahead = next_panel_of(job, panel);
    const int64_t whole = rows / QUAD_LANES;
    int64_t vectors;
    for (int64_t v = 0; v < whole; v += vectors) {
        vectors = planes == 2 ? 1 : block_size(whole, MOST_VECTORS, v);
        b.scales = job->x.scales + row + v * QUAD_LANES;
        b.y = job->y.data + (row + v * QUAD_LANES) * job->y.stride + panel * DENDRA_PANEL_ROWS;
        multiply_row_vectors(vectors, planes, &b, &ahead);
        b.packed += vectors * planes * b.plane_bytes;
    }
    int64_t block;
    for (int64_t r = whole * QUAD_LANES; r < rows; r += block) {
        block = block_size(rows, most, r);
        b.scales = job->x.scales + row + r;
        b.y = job->y.data + (row + r) * job->y.stride + panel * DENDRA_PANEL_ROWS;
        (planes == 1 ? sweep_channel_rows : sweep_channel_planes)(block, &b, &ahead);
        b.packed += planes * b.plane_bytes;
    }
}

/* ---- i8g32, u4g32 ---- */

/* Rows of the next block where `rows` are left: whole vectors first. */
static int64_t group_block_rows(int64_t rows) {
    const int64_t vectors = rows / QUAD_LANES;
    return vectors > 0 ? QUAD_LANES * block_size(vectors, GROUP_VECTORS, 0) : block_size(rows, GROUP_ROWS, 0);
}

static int64_t vectors_of(int64_t rows) { return (rows + QUAD_LANES - 1) / QUAD_LANES; }

/* A number of each row and of up to 16 groups, [row][group] to [group][row]. */
ALWAYS_INLINE void transpose_numbers(const void *numbers, int64_t stride, int64_t rows, __mmask16 groups, __m512i x[16]) {
    UNROLLED for (int r = 0; r < 16; r++) {
        x[r] = r < rows ? _mm512_maskz_loadu_epi32(groups, (const int32_t *) numbers + r * stride) : _mm512_setzero_si512();
    }
    transpose_quads(x);
}

/* [group][vectors], of which this is one. */
static void pack_numbers(const dendra_codes *x, int64_t row, int64_t rows, int64_t vectors, group_numbers *target) {
    const int64_t stride = x->stride / DENDRA_GROUP;
    for (int64_t g = 0; g < stride; g += 16, target += 16 * vectors) {
        const int64_t count = smaller(16, stride - g);
        const __mmask16 mask = (__mmask16) ((1u << count) - 1);
        const int64_t at = row * stride + g;
        __m512i scales[16];
        __m512i sums[16];
        transpose_numbers(x->scales + at, stride, rows, mask, scales);
        transpose_numbers(x->sums + at, stride, rows, mask, sums);
        if (x->low_sums != NULL) {
            __m512i low[16];
            transpose_numbers(x->low_sums + at, stride, rows, mask, low);
            UNROLLED for (int i = 0; i < 16; i++) { sums[i] = joined(sums[i], low[i]); }
        }
        for (int64_t i = 0; i < count; i++) {
            _mm512_store_si512(target[i * vectors].scales, scales[i]);
            _mm512_store_si512(target[i * vectors].sums, sums[i]);
        }
    }
}

/* [block]: [quad][vector][plane][QUAD_LANES], and behind them the numbers, [group][vector]. */
static void pack_groups(const dendra_codes *x, int64_t row, int64_t rows, uint8_t *target) {
    enum { VECTOR_BYTES = QUAD_LANES * 4 };
    const int planes = x->low_codes == NULL ? 1 : 2;
    int64_t block;
    for (int64_t r = 0; r < rows; r += block) {
        block = group_block_rows(rows - r);
        const int64_t vectors = vectors_of(block);
        const int64_t quad_bytes = vectors * planes * VECTOR_BYTES;
        group_numbers *numbers = (group_numbers *) (target + x->stride / 4 * quad_bytes);
        for (int64_t v = 0; v < vectors; v++, target += planes * VECTOR_BYTES) {
            const int64_t first = row + r + v * QUAD_LANES;
            const int64_t count = smaller(QUAD_LANES, block - v * QUAD_LANES);
            pack_block(x->codes + first * x->stride, x->stride, count, target, quad_bytes);
            if (planes == 2) {
                pack_block(x->low_codes + first * x->stride, x->stride, count, target + VECTOR_BYTES, quad_bytes);
            }
            pack_numbers(x, first, count, vectors, numbers + v);
        }
        target = (uint8_t *) (numbers + x->stride / DENDRA_GROUP * vectors);
    }
}

/* The lines of a group as signed bytes, zeros behind `count` live ones. */
ALWAYS_INLINE void load_live_lines(const bool affine, const bool tiles, const uint8_t *codes, int64_t count,
                                   __m512i lines[GROUP_QUADS]) {
    const __m512i eights = _mm512_set1_epi8(8);
    UNROLLED for (int i = 0; i < GROUP_QUADS; i++) {
        const __mmask8 live = (__mmask8) -(i < count);
        if (!affine) {
            lines[i] = _mm512_maskz_loadu_epi64(live, codes + i * DENDRA_LINE_BYTES);
        } else if (tiles) {
            const __m512i pair = _mm512_load_si512(codes + i / 2 * DENDRA_LINE_BYTES);
            lines[i] = _mm512_sub_epi8(i % 2 == 0 ? low_nibbles(pair) : high_nibbles(pair), eights);
        } else {
            const __m512i words = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi64(live, codes + i * DENDRA_LINE_BYTES / 2));
            const __m512i nibbles = low_nibbles(_mm512_or_si512(words, _mm512_slli_epi16(words, 4)));
            lines[i] = _mm512_sub_epi8(_mm512_xor_si512(nibbles, eights), eights);
        }
    }
}

/* -128 times the sums of a group's codes. */
ALWAYS_INLINE __m512i group_excess(const __m512i lines[GROUP_QUADS]) {
    __m512i sums[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    UNROLLED for (int i = 0; i < GROUP_QUADS; i++) {
        sums[i % 2] = _mm512_dpbusd_epi32(sums[i % 2], _mm512_set1_epi8(1), lines[i]);
    }
    return _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32(_mm512_add_epi32(sums[0], sums[1]), 7));
}

/*
 * Lists the groups with a live line, of those that are not padding, and unpacks u4g32. Returns their number. No branch
 * depends on how many lines of a group live, which would be guessed wrong.
 */
ALWAYS_INLINE int64_t list_groups(const bool affine, const bool tiles, const dendra_weights *w, int64_t panel,
                                  __m512i start, live_scratch *scratch) {
    const int block_groups = affine ? 1 : 2;
    const uint8_t *masks = dendra_masks(w, panel);
    const uint8_t *codes = dendra_live_blocks(w, panel);
    uint8_t *unpacked = scratch->lines;
    live_group *target = scratch->groups;
    for (int64_t first = 0; first < groups(w); first += block_groups) {
        unsigned live[2] = {0, 0};
        UNROLLED for (int half = 0; half < block_groups; half++) {
            live[half] = tiles ? 0xffu * (unsigned) dendra_mask_bit(masks, (first + half) / 2) : masks[first + half];
        }
        if ((live[0] | live[1]) == 0) {
            continue;
        }
        const halves scales = halves_of(_mm512_loadu_si512(codes));
        codes += DENDRA_LINE_BYTES;
        UNROLLED for (int half = 0; half < block_groups; half++) {
            const __m512 scale = half == 0 ? scales.low : scales.high;
            const __m256i base = _mm256_set1_epi32((int32_t) (first + half) * GROUP_QUADS);
            const __m256i quads = _mm256_add_epi32(base, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
            __m512i lines[GROUP_QUADS];
            _mm512_store_ps(target->scales, scale);
            _mm512_store_ps(target->offsets, group_offset(affine, scales, scale));
            target->group = first + half;
            target->count = __builtin_popcount(live[half]);
            target->lines = affine ? unpacked : codes;
            _mm256_storeu_si256((__m256i *) target->quads, _mm256_maskz_compress_epi32((__mmask8) live[half], quads));
            load_live_lines(affine, tiles, codes, target->count, lines);
            _mm512_store_si512(target->start, _mm512_add_epi32(start, group_excess(lines)));
            codes += target->count * DENDRA_LINE_BYTES / (affine ? 2 : 1);
            if (affine) {
                UNROLLED for (int i = 0; i < GROUP_QUADS; i++) {
                    _mm512_store_si512(unpacked + i * DENDRA_LINE_BYTES, lines[i]);
                }
                unpacked += target->count * DENDRA_LINE_BYTES;
            }
            target += target->count > 0 && first + half < groups(w);
        }
    }
    return target - scratch->groups;
}

static int64_t list_any_groups(const dendra_matmul_codes_job *job, int64_t panel, live_scratch *scratch) {
    const dendra_weights *w = &job->w;
    const bool tiles = w->pattern == DENDRA_TILES;
    const __m512i zero = _mm512_setzero_si512();
    if (w->encoding == DENDRA_U4G32) {
        return tiles ? list_groups(true, true, w, panel, zero, scratch) : list_groups(true, false, w, panel, zero, scratch);
    }
    /* As activation_terms. */
    const __m512i start = job->x.low_codes == NULL ? _mm512_set1_epi32(MAGIC_BITS) : zero;
    return tiles ? list_groups(false, true, w, panel, start, scratch) : list_groups(false, false, w, panel, start, scratch);
}

/* A panel and a block of rows. */
typedef struct group_block {
    const live_group *groups;
    int64_t count;
    const uint8_t *packed;
    const group_numbers *numbers;
    float *y;
    int64_t y_stride;
} group_block;

/* y + a * (what the dot product of signed codes stands for, that of all planes). */
ALWAYS_INLINE __m512 add_live_group(const int planes, const bool affine, __m512i dot, __m512 scale, __m512 offset,
                                    __m512i sum, __m512 a, __m512 y) {
    if (affine) {
        /* Codes are 8 more than the signed ones; dead ones are 8. */
        dot = _mm512_add_epi32(dot, _mm512_slli_epi32(sum, 3));
        sum = _mm512_castps_si512(_mm512_cvtepi32_ps(sum));
    }
    return add_dot(affine, planes, dot, scale, offset, affine ? sum : dot, a, y);
}

/*
 * A group with `vectors` vectors of rows from the `from`th of a block on, which has `all`: some outputs at a time, whose
 * weights are loaded for all rows. Adds to `y`.
 */
ALWAYS_INLINE void add_lanes(const int vectors, const int from, const int all, const int planes, const bool affine,
                             const live_group *g, const group_block *b, lane_values *y, next_panel *ahead) {
    const int sums = vectors * planes;
    const int outputs = sums == 3 ? 4 : GROUP_SUMS / sums;
    const group_numbers *numbers = b->numbers + g->group * all + from;
    for (int first = 0; first < DENDRA_PANEL_ROWS; first += outputs) {
        __m512i dot[GROUP_SUMS][GROUP_VECTORS];
        UNROLLED for (int n = 0; n < outputs; n++) {
            UNROLLED for (int v = 0; v < sums; v++) { dot[n][v] = _mm512_set1_epi32(g->start[first + n]); }
        }
        const int8_t *codes = (const int8_t *) g->lines + first * 4;
        for (int64_t i = 0; i < g->count; i++, codes += DENDRA_LINE_BYTES) {
            ask_for_next(ahead);
            const uint8_t *x = b->packed + ((int64_t) g->quads[i] * all + from) * planes * QUAD_LANES * 4;
            __m512i activations[GROUP_VECTORS];
            UNROLLED for (int v = 0; v < sums; v++) { activations[v] = _mm512_load_si512(x + v * QUAD_LANES * 4); }
            UNROLLED for (int n = 0; n < outputs; n++) {
                const __m512i weights = quad(codes + n * 4);
                UNROLLED for (int v = 0; v < sums; v++) {
                    dot[n][v] = _mm512_dpbusd_epi32(dot[n][v], activations[v], weights);
                }
            }
        }
        /* Before the first store, behind which they would be loaded again. */
        __m512 a[GROUP_VECTORS];
        __m512i sum[GROUP_VECTORS];
        UNROLLED for (int v = 0; v < vectors; v++) {
            a[v] = _mm512_load_ps(numbers[v].scales);
            sum[v] = _mm512_load_si512(numbers[v].sums);
        }
        UNROLLED for (int n = 0; n < outputs; n++) {
            const __m512 scale = _mm512_set1_ps(g->scales[first + n]);
            const __m512 offset = _mm512_set1_ps(g->offsets[first + n]);
            UNROLLED for (int v = 0; v < vectors; v++) {
                const __m512i whole = planes == 2 ? joined(dot[n][2 * v], dot[n][2 * v + 1]) : dot[n][v];
                float *value = y[from + v][first + n];
                const __m512 before = _mm512_load_ps(value);
                _mm512_store_ps(value, add_live_group(planes, affine, whole, scale, offset, sum[v], a[v], before));
            }
        }
    }
}

/*
 * Vectors of 16 rows. All of them go through a group before the next: how many of its lines live is guessed wrong once, and
 * what they share stays in the first-level cache.
 */
ALWAYS_INLINE void sweep_lanes(const int vectors, const int planes, const bool affine, const group_block *b,
                               next_panel *ahead) {
    const int most = GROUP_VECTORS / planes;
    _Alignas(64) lane_values values[GROUP_VECTORS];
    for (int n = 0; n < DENDRA_PANEL_ROWS; n++) {
        UNROLLED for (int v = 0; v < vectors; v++) { _mm512_store_ps(values[v][n], _mm512_setzero_ps()); }
    }
    for (const live_group *g = b->groups; g < b->groups + b->count; g++) {
        UNROLLED for (int from = 0; from < vectors; from += most) {
            add_lanes(vectors - from < most ? vectors - from : most, from, vectors, planes, affine, g, b, values, ahead);
        }
    }
    for (int v = 0; v < vectors; v++) { store_lanes(values[v], b->y + v * QUAD_LANES * b->y_stride, b->y_stride); }
}

/* A few rows, with outputs as lanes. */
ALWAYS_INLINE void sweep_rows(const int rows, const int planes, const bool affine, const group_block *b,
                              next_panel *ahead) {
    __m512 sum[GROUP_ROWS];
    UNROLLED for (int r = 0; r < rows; r++) { sum[r] = _mm512_setzero_ps(); }
    for (const live_group *g = b->groups; g < b->groups + b->count; g++) {
        const __m512i start = _mm512_load_si512(g->start);
        __m512i dot[GROUP_ROWS];
        UNROLLED for (int r = 0; r < rows; r++) { dot[r] = start; }
        UNROLLED for (int plane = 0; plane < planes; plane++) {
            if (plane == 1) {
                UNROLLED for (int r = 0; r < rows; r++) { dot[r] = joined(dot[r], start); }
            }
            int64_t i = 0;
            do {
                ask_for_next(ahead);
                const __m512i line = _mm512_load_si512(g->lines + i * DENDRA_LINE_BYTES);
                const uint8_t *x = b->packed + ((int64_t) g->quads[i] * planes + plane) * QUAD_LANES * 4;
                UNROLLED for (int r = 0; r < rows; r++) {
                    dot[r] = _mm512_dpbusd_epi32(dot[r], quad((const int8_t *) x + r * 4), line);
                }
            } while (++i < g->count);
        }
        const __m512 scale = _mm512_load_ps(g->scales);
        const __m512 offset = _mm512_load_ps(g->offsets);
        const group_numbers *numbers = b->numbers + g->group;
        UNROLLED for (int r = 0; r < rows; r++) {
            const __m512i sums = _mm512_set1_epi32(numbers->sums[r]);
            const __m512 a = _mm512_set1_ps(numbers->scales[r]);
            sum[r] = add_live_group(planes, affine, dot[r], scale, offset, sums, a, sum[r]);
        }
    }
    UNROLLED for (int r = 0; r < rows; r++) { _mm512_store_ps(b->y + r * b->y_stride, sum[r]); }
}

#define DEFINE_GROUP_SWEEP(name, planes, affine)                                                                       \
    static void name(int64_t rows, const group_block *b, next_panel *ahead) {                                          \
        switch (rows) {                                                                                                \
            CASE(1, sweep_rows(1, planes, affine, b, ahead));                                                          \
            CASE(2, sweep_rows(2, planes, affine, b, ahead));                                                          \
            CASE(3, sweep_rows(3, planes, affine, b, ahead));                                                          \
            CASE(4, sweep_rows(4, planes, affine, b, ahead));                                                          \
            CASE(5, sweep_rows(5, planes, affine, b, ahead));                                                          \
            CASE(6, sweep_rows(6, planes, affine, b, ahead));                                                          \
            CASE(7, sweep_rows(7, planes, affine, b, ahead));                                                          \
            CASE(8, sweep_rows(8, planes, affine, b, ahead));                                                          \
            CASE(9, sweep_rows(9, planes, affine, b, ahead));                                                          \
            CASE(10, sweep_rows(10, planes, affine, b, ahead));                                                        \
            CASE(11, sweep_rows(11, planes, affine, b, ahead));                                                        \
            CASE(12, sweep_rows(12, planes, affine, b, ahead));                                                        \
            CASE(16, sweep_lanes(1, planes, affine, b, ahead));                                                        \
            CASE(32, sweep_lanes(2, planes, affine, b, ahead));                                                        \
            CASE(48, sweep_lanes(3, planes, affine, b, ahead));                                                        \
            CASE(64, sweep_lanes(4, planes, affine, b, ahead));                                                        \
        }                                                                                                              \
    }

DEFINE_GROUP_SWEEP(sweep_i8, 1, false)
DEFINE_GROUP_SWEEP(sweep_i8_planes, 2, false)
DEFINE_GROUP_SWEEP(sweep_u4, 1, true)
DEFINE_GROUP_SWEEP(sweep_u4_planes, 2, true)

typedef void (*group_sweep)(int64_t rows, const group_block *b, next_panel *ahead);

/* [u4g32][two planes] */
static const group_sweep GROUP_SWEEPS[2][2] = {{sweep_i8, sweep_i8_planes}, {sweep_u4, sweep_u4_planes}};

static void multiply_group_panel(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, int64_t panel,
                                 live_scratch *scratch) {
    const int planes = job->x.low_codes == NULL ? 1 : 2;
    const group_sweep sweep = GROUP_SWEEPS[job->w.encoding == DENDRA_U4G32][planes - 1];
    group_block b = {.groups = scratch->groups,
                     .count = list_any_groups(job, panel, scratch),
                     .packed = scratch->packed,
                     .y = job->y.data + row * job->y.stride + panel * DENDRA_PANEL_ROWS,
                     .y_stride = job->y.stride};
    next_panel ahead = next_panel_of(job, panel);
    int64_t block;
    for (int64_t r = 0; r < rows; r += block) {
        block = group_block_rows(rows - r);
        b.numbers = (const group_numbers *) (b.packed + vectors_of(block) * planes * packed_bytes(&job->w));
        sweep(block, &b, &ahead);
        b.packed += vectors_of(block) * block_bytes(job);
        b.y += block * job->y.stride;
    }
}

/* ---- Both ---- */

/* Most rows of a block that are not lanes. */
static int64_t channel_rows(const dendra_matmul_codes_job *job) { return CHANNEL_SUMS / (job->x.low_codes == NULL ? 1 : 2); }

static void multiply_channels(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, live_scratch *scratch) {
    const int64_t most = channel_rows(job);
    const int64_t whole = rows / QUAD_LANES * QUAD_LANES;
    pack_channels(&job->x, row, whole, QUAD_LANES, scratch->packed);
    pack_channels(&job->x, row + whole, rows - whole, most, scratch->packed + whole / QUAD_LANES * block_bytes(job));
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
        multiply_channel_panel(job, row, rows, most, panel, scratch);
    }
}

static void multiply_groups(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, live_scratch *scratch) {
    pack_groups(&job->x, row, rows, scratch->packed);
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
        multiply_group_panel(job, row, rows, panel, scratch);
    }
}

/* Rows that are packed at once, where `rows` are left. */
static int64_t chunk_rows(const dendra_matmul_codes_job *job, int64_t rows) {
    const int64_t vectors = WARM_PACKED_BYTES / block_bytes(job);
    if (vectors > 0 || rows >= QUAD_LANES) {
        return smaller(rows, QUAD_LANES * (vectors > 0 ? vectors : 1));
    }
    /* There is room for one block. */
    return smaller(rows, job->w.encoding == DENDRA_I8 ? channel_rows(job) : GROUP_ROWS);
}

void dendra_multiply_live_lines__avx512(const dendra_matmul_codes_job *job) {
    live_scratch *scratch = (live_scratch *) ((uint8_t *) job->scratch.data + DENDRA_SCRATCH_BYTES);
    int64_t rows;
    for (int64_t row = 0; row < job->rows; row += rows) {
        rows = chunk_rows(job, job->rows - row);
        if (job->w.encoding == DENDRA_I8) {
            multiply_channels(job, row, rows, scratch);
        } else {
            multiply_groups(job, row, rows, scratch);
        }
    }
}
