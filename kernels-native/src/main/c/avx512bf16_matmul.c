/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of packed weights with activations in bfloat16 by vdpbf16ps, which adds two products to each of 16 outputs:
 * a line of pairs of inputs meets a pair of activations in all lanes. The sum over a group of 32 inputs is one chain of 16
 * of them, and then goes to the output; that order is the same for any number of rows.
 *
 * For a few rows weights are rounded to bfloat16 in registers, as one ascending stream; for more a block of them is
 * written to scratch, 32 KiB for two panels, and swept by 6 rows at a time.
 */
#include "avx512_lines.h"

enum {
    GROUP_PAIRS = DENDRA_GROUP / 2,
    BLOCK_GROUPS = 16,
    BLOCK_PANELS = 2,
    BLOCK_ROWS = 6
};

/* Pairs of inputs of a group and two panels. */
typedef struct pair_group {
    uint8_t lines[GROUP_PAIRS][BLOCK_PANELS][DENDRA_LINE_BYTES];
} pair_group;

_Static_assert(BLOCK_GROUPS * sizeof(pair_group) <= DENDRA_SCRATCH_BYTES, "scratch");

/* Two floats a lane as bfloat16, to the nearest and ties to even; the even input in the low half. */
static inline __m512i rounded_pair(__m512 even, __m512 odd) {
    const __m512i interleave =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18,
                         2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(interleave, (__m512i) _mm512_cvtne2ps_pbh(odd, even));
}

/* The signed byte at `index` of each lane. */
#define SIGNED_BYTE(line, index)                                                                                       \
    _mm512_cvtepi32_ps(_mm512_srai_epi32((index) == 3 ? (line) : _mm512_slli_epi32(line, 24 - 8 * (index)), 24))

/* Pairs that one line holds; a pair of f32 takes two lines. */
ALWAYS_INLINE int line_pairs(const int encoding) {
    return encoding == DENDRA_F32 ? 1 : GROUP_PAIRS / group_lines(encoding);
}

/* The `j`th pair of inputs of a line as bfloat16; for i8 the bare codes. */
ALWAYS_INLINE __m512i pair_of(const int encoding, const uint8_t *line, const int j, halves scales, __m512 scale) {
    __m512i bits = _mm512_load_si512(line);
    switch (encoding) {
    case DENDRA_F32:
        return rounded_pair(_mm512_castsi512_ps(bits), _mm512_load_ps((const float *) (line + DENDRA_LINE_BYTES)));
    case DENDRA_BF16:
        return bits;
    case DENDRA_I8: {
        /* Small integers are exact. */
        __m512i even = _mm512_castps_si512(SIGNED_BYTE(bits, 2 * j));
        __m512i odd = _mm512_castps_si512(SIGNED_BYTE(bits, 2 * j + 1));
        return _mm512_or_si512(_mm512_srli_epi32(even, 16), odd);
    }
    case DENDRA_I8G32:
        return rounded_pair(_mm512_mul_ps(scale, SIGNED_BYTE(bits, 2 * j)),
                            _mm512_mul_ps(scale, SIGNED_BYTE(bits, 2 * j + 1)));
    default: {
        const __m512 numbers = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        const int even = j / 2 * 4 + j % 2 * 16;
        __m512i shifted = even == 0 ? bits : _mm512_srli_epi32(bits, even);
        __m512 even_code = _mm512_permutexvar_ps(shifted, numbers);
        __m512 odd_code = _mm512_permutexvar_ps(_mm512_srli_epi32(bits, even + 8), numbers);
        return rounded_pair(_mm512_fmadd_ps(scale, even_code, scales.high),
                            _mm512_fmadd_ps(scale, odd_code, scales.high));
    }
    }
}

/* The scales of group `g`, and which of them are scales and not minima. */
ALWAYS_INLINE halves scales_of(const int encoding, const uint8_t *panel, int64_t g) {
    return has_group_scales(encoding) ? line_halves(group_scales(encoding, panel, g))
                                      : (halves) {_mm512_setzero_ps(), _mm512_setzero_ps()};
}
ALWAYS_INLINE __m512 scale_of(const int encoding, halves scales, int64_t g) {
    return encoding == DENDRA_I8G32 && g % 2 == 1 ? scales.high : scales.low;
}

/* As an operand. The compiler must not know what is in it: clang 16 crashes on some shuffles of bfloat16. */
static inline __m512bh as_bfloats(__m512i x) {
#if defined(__clang__) && defined(__AVX512BF16__)
    __asm__("" : "+v"(x));
#endif
    return (__m512bh) x;
}

static inline __m512bh activation_pair(const uint16_t *x) {
    int32_t pair;
    __builtin_memcpy(&pair, x, sizeof pair);
    return as_bfloats(_mm512_set1_epi32(pair));
}

/* What the finished sum is multiplied with: for i8 the scales of its outputs. */
ALWAYS_INLINE __m512 finished(const int encoding, const uint8_t *panel, __m512 sum) {
    return encoding == DENDRA_I8 ? _mm512_mul_ps(sum, _mm512_load_ps((const float *) panel)) : sum;
}

ALWAYS_INLINE void expand(const int encoding, const uint8_t *panel, int64_t group, int64_t count, pair_group *target,
                          int64_t place) {
    for (int64_t g = group; g < group + count; g++, target++) {
        halves scales = scales_of(encoding, panel, g);
        __m512 scale = scale_of(encoding, scales, g);
        const int pairs = line_pairs(encoding);
        const uint8_t *line = group_codes(encoding, panel, g);
        const int step = encoding == DENDRA_F32 ? 2 * DENDRA_LINE_BYTES : DENDRA_LINE_BYTES;
        for (int pair = 0; pair < GROUP_PAIRS; pair += pairs, line += step) {
            UNROLLED for (int j = 0; j < pairs; j++) {
                _mm512_store_si512(target->lines[pair + j][place], pair_of(encoding, line, j, scales, scale));
            }
        }
    }
}

static void expand_block(int32_t encoding, const uint8_t *panel, int64_t group, int64_t count, pair_group *target,
                         int64_t place) {
    switch (encoding) {
        CASE(DENDRA_F32, expand(DENDRA_F32, panel, group, count, target, place));
        CASE(DENDRA_BF16, expand(DENDRA_BF16, panel, group, count, target, place));
        CASE(DENDRA_I8, expand(DENDRA_I8, panel, group, count, target, place));
        CASE(DENDRA_I8G32, expand(DENDRA_I8G32, panel, group, count, target, place));
        CASE(DENDRA_U4G32, expand(DENDRA_U4G32, panel, group, count, target, place));
    }
}

/* Adds `count` groups of a block to `rows` rows of y, or starts them. Bound by vdpbf16ps. */
ALWAYS_INLINE void sweep(const int rows, const int panels, const uint16_t *x, int64_t x_stride, const pair_group *block,
                         int64_t count, bool first, float *y, int64_t y_stride) {
    __m512 total[BLOCK_ROWS][BLOCK_PANELS];
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int p = 0; p < panels; p++) {
            total[r][p] = first ? _mm512_setzero_ps() : _mm512_load_ps(y + r * y_stride + p * DENDRA_PANEL_ROWS);
        }
    }
    int64_t g = 0;
    do {
        __m512 sum[BLOCK_ROWS][BLOCK_PANELS];
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int p = 0; p < panels; p++) { sum[r][p] = _mm512_setzero_ps(); }
        }
        UNROLLED for (int pair = 0; pair < GROUP_PAIRS; pair++) {
            UNROLLED for (int r = 0; r < rows; r++) {
                __m512bh activation = activation_pair(x + r * x_stride + g * DENDRA_GROUP + 2 * pair);
                UNROLLED for (int p = 0; p < panels; p++) {
                    __m512bh line = (__m512bh) _mm512_load_si512(block[g].lines[pair][p]);
                    sum[r][p] = _mm512_dpbf16_ps(sum[r][p], line, activation);
                }
            }
        }
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int p = 0; p < panels; p++) { total[r][p] = _mm512_add_ps(total[r][p], sum[r][p]); }
        }
    } while (++g < count);
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int p = 0; p < panels; p++) {
            _mm512_store_ps(y + r * y_stride + p * DENDRA_PANEL_ROWS, total[r][p]);
        }
    }
}

#define SWEEP(panels)                                                                                                  \
    switch (rows) {                                                                                                    \
        CASE(1, sweep(1, panels, x, x_stride, block, count, first, y, y_stride));                                      \
        CASE(2, sweep(2, panels, x, x_stride, block, count, first, y, y_stride));                                      \
        CASE(3, sweep(3, panels, x, x_stride, block, count, first, y, y_stride));                                      \
        CASE(4, sweep(4, panels, x, x_stride, block, count, first, y, y_stride));                                      \
        CASE(5, sweep(5, panels, x, x_stride, block, count, first, y, y_stride));                                      \
        CASE(6, sweep(6, panels, x, x_stride, block, count, first, y, y_stride));                                      \
    }

static void sweep_one(int64_t rows, const uint16_t *x, int64_t x_stride, const pair_group *block, int64_t count,
                      bool first, float *y, int64_t y_stride) {
    SWEEP(1)
}

static void sweep_two(int64_t rows, const uint16_t *x, int64_t x_stride, const pair_group *block, int64_t count,
                      bool first, float *y, int64_t y_stride) {
    SWEEP(2)
}

static int64_t padded_groups(const dendra_weights *w) { return dendra_padded_columns(w->columns) / DENDRA_GROUP; }

static float *output(const dendra_matmul_bf16_job *job, int64_t row, int64_t panel) {
    return job->y.data + row * job->y.stride + panel * DENDRA_PANEL_ROWS;
}

/* A chunk of rows and a block of inputs with all panels of the slice. */
static void multiply_block(const dendra_matmul_bf16_job *job, int64_t row, int64_t rows, int64_t group, int64_t count) {
    pair_group *block = job->scratch.data;
    int64_t panels;
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel += panels) {
        panels = smaller(BLOCK_PANELS, job->panel_to - panel);
        for (int64_t p = 0; p < panels; p++) {
            expand_block(job->w.encoding, dendra_panel(&job->w, panel + p), group, count, block, p);
        }
        int64_t size;
        for (int64_t r = row; r < row + rows; r += size) {
            size = block_size(rows, BLOCK_ROWS, r - row);
            const uint16_t *x = job->x.data + r * job->x.stride + group * DENDRA_GROUP;
            (panels == 1 ? sweep_one : sweep_two)(size, x, job->x.stride, block, count, group == 0,
                                                  output(job, r, panel), job->y.stride);
        }
    }
}

static void multiply_chunk(const dendra_matmul_bf16_job *job, int64_t row, int64_t rows) {
    int64_t count;
    for (int64_t group = 0; group < padded_groups(&job->w); group += count) {
        count = smaller(BLOCK_GROUPS, padded_groups(&job->w) - group);
        multiply_block(job, row, rows, group, count);
    }
    if (job->w.encoding == DENDRA_I8) {
        for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
            for (int64_t r = row; r < row + rows; r++) {
                float *y = output(job, r, panel);
                _mm512_store_ps(y, finished(DENDRA_I8, dendra_panel(&job->w, panel), _mm512_load_ps(y)));
            }
        }
    }
}

/* One panel with `rows` rows, rounded in registers. */
ALWAYS_INLINE void stream(const int rows, const int encoding, const dendra_matmul_bf16_job *job, int64_t panel_index) {
    const uint8_t *panel = dendra_panel(&job->w, panel_index);
    const int64_t count = padded_groups(&job->w);
    const int pairs = line_pairs(encoding);
    const int step = encoding == DENDRA_F32 ? 2 * DENDRA_LINE_BYTES : DENDRA_LINE_BYTES;
    __m512 total[DIRECT_ROWS];
    UNROLLED for (int r = 0; r < rows; r++) { total[r] = _mm512_setzero_ps(); }
    int64_t g = 0;
    do {
        halves scales = scales_of(encoding, panel, g);
        __m512 scale = scale_of(encoding, scales, g);
        const uint8_t *line = group_codes(encoding, panel, g);
        const uint16_t *x = job->x.data + g * DENDRA_GROUP;
        __m512 sum[DIRECT_ROWS];
        UNROLLED for (int r = 0; r < rows; r++) { sum[r] = _mm512_setzero_ps(); }
        int pair = 0;
        do {
            _mm_prefetch((const char *) line + PREFETCH_BYTES, _MM_HINT_T0);
            if (encoding == DENDRA_F32) {
                _mm_prefetch((const char *) line + PREFETCH_BYTES + DENDRA_LINE_BYTES, _MM_HINT_T0);
            }
            UNROLLED for (int j = 0; j < pairs; j++) {
                __m512bh weights = as_bfloats(pair_of(encoding, line, j, scales, scale));
                UNROLLED for (int r = 0; r < rows; r++) {
                    sum[r] = _mm512_dpbf16_ps(sum[r], weights, activation_pair(x + r * job->x.stride + 2 * j));
                }
            }
            line += step;
            x += 2 * pairs;
            pair += pairs;
        } while (pair < GROUP_PAIRS);
        UNROLLED for (int r = 0; r < rows; r++) { total[r] = _mm512_add_ps(total[r], sum[r]); }
    } while (++g < count);
    UNROLLED for (int r = 0; r < rows; r++) {
        _mm512_store_ps(output(job, r, panel_index), finished(encoding, panel, total[r]));
    }
}

#define STREAM(rows)                                                                                                   \
    switch (job->w.encoding) {                                                                                         \
        CASE(DENDRA_F32, stream(rows, DENDRA_F32, job, panel));                                                        \
        CASE(DENDRA_BF16, stream(rows, DENDRA_BF16, job, panel));                                                      \
        CASE(DENDRA_I8, stream(rows, DENDRA_I8, job, panel));                                                          \
        CASE(DENDRA_I8G32, stream(rows, DENDRA_I8G32, job, panel));                                                    \
        CASE(DENDRA_U4G32, stream(rows, DENDRA_U4G32, job, panel));                                                    \
    }

static void multiply_few(const dendra_matmul_bf16_job *job) {
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
        switch (job->rows) {
            CASE(1, STREAM(1));
            CASE(2, STREAM(2));
            CASE(3, STREAM(3));
            CASE(4, STREAM(4));
        }
    }
}

void dendra_matmul_bf16__avx512bf16(const dendra_matmul_bf16_job *job) {
    if (job->rows <= DIRECT_ROWS) {
        multiply_few(job);
        return;
    }
    int64_t rows;
    for (int64_t row = 0; row < job->rows; row += rows) {
        rows = block_size(job->rows, CHUNK_ROWS, row);
        multiply_chunk(job, row, rows);
    }
}
