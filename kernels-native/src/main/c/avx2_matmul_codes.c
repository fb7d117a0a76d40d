/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of integer weights with activations rounded to int8 or int16. AVX2 multiplies unsigned by signed bytes with
 * vpmaddubsw, which adds two products and saturates at 16 bits; of codes of 4 bits, 0 .. 15, and activations -128 .. 127
 * a whole group of 32 fits: 8 * 2 * 15 * 128 = 30720. Codes of 8 bits are split in two such halves,
 * code + 128 = 16 * high + low, and 128 times the sum of the activations comes off. So each 32 products of 4 bits take one
 * vpmaddubsw and one vpaddw, and a group one vpmaddwd that widens to 32 bits.
 *
 * Outputs are lanes, codes are taken apart in registers, for up to 4 planes of activation rows at a time; a panel stays in
 * the first- or second-level cache while all rows of a chunk pass.
 */
#include <immintrin.h>

#include "matmul.h"
#include "vectors/unroll.h"
#include "vectors/weights_avx2.h"

enum {
    /* Planes of rows that share a line: with two sums of 16 bits, and one of the output, they are what fits. */
    BLOCK_PLANES = 4,
    HALF_LINE = 32
};

/* What a group of 32 inputs brings: dot products of codes with each plane of each row, 8 outputs. */
typedef struct group_dots {
    __m256i of[BLOCK_PLANES];
} group_dots;

/* Where rows of codes lie: row r's plane p at codes[p] + r * stride. */
typedef struct code_planes {
    const int8_t *codes[2];
    int64_t stride;
} code_planes;

static inline __m256i low_nibbles(__m256i line) { return _mm256_and_si256(line, _mm256_set1_epi8(0xf)); }
static inline __m256i high_nibbles(__m256i line) { return low_nibbles(_mm256_srli_epi32(line, 4)); }

static inline __m256i quad(const int8_t *codes) {
    int32_t bytes;
    __builtin_memcpy(&bytes, codes, sizeof bytes);
    return _mm256_set1_epi32(bytes);
}

/* Groups of one half of the lines from `codes` on; signed codes count as code + 128. */
ALWAYS_INLINE group_dots dot_group(const int rows, const int planes, const bool nibbles, const uint8_t *codes,
                                   code_planes x, int64_t at) {
    __m256i low[BLOCK_PLANES];
    __m256i high[BLOCK_PLANES];
    UNROLLED for (int i = 0; i < rows * planes; i++) { low[i] = high[i] = _mm256_setzero_si256(); }
    UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
        const int line = nibbles ? q / 2 : q;
        __m256i pair = _mm256_load_si256((const __m256i *) (codes + line * DENDRA_LINE_BYTES));
        __m256i low_codes = nibbles && q % 2 == 1 ? high_nibbles(pair) : low_nibbles(pair);
        __m256i high_codes = _mm256_xor_si256(high_nibbles(pair), _mm256_set1_epi8(8));
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int plane = 0; plane < planes; plane++) {
                const int i = r * planes + plane;
                __m256i activation = quad(x.codes[plane] + r * x.stride + at + 4 * q);
                low[i] = _mm256_add_epi16(low[i], _mm256_maddubs_epi16(low_codes, activation));
                if (!nibbles) {
                    high[i] = _mm256_add_epi16(high[i], _mm256_maddubs_epi16(high_codes, activation));
                }
            }
        }
    }
    group_dots dots;
    UNROLLED for (int i = 0; i < rows * planes; i++) {
        dots.of[i] = _mm256_madd_epi16(low[i], _mm256_set1_epi16(1));
        if (!nibbles) {
            dots.of[i] = _mm256_add_epi32(dots.of[i], _mm256_madd_epi16(high[i], _mm256_set1_epi16(16)));
        }
    }
    return dots;
}

/* The sum of a row's codes over a group. */
ALWAYS_INLINE int32_t group_sum(const int planes, const dendra_codes *x, int64_t group) {
    return planes == 2 ? 256 * x->sums[group] + x->low_sums[group] : x->sums[group];
}

/* `rows` rows from `row` on with a panel whose groups have scales; `parts` halves of the panel at once. */
ALWAYS_INLINE void multiply_groups(const int rows, const int planes, const bool affine, const int parts,
                                   const dendra_matmul_codes_job *job, int64_t row, int64_t panel_index) {
    const dendra_codes *x = &job->x;
    const int64_t all = groups(&job->w);
    const code_planes codes = {{x->codes + row * x->stride, planes == 2 ? x->low_codes + row * x->stride : NULL},
                               x->stride};
    for (int first = 0; first < 2; first += parts) {
        const uint8_t *panel = dendra_panel(&job->w, panel_index) + first * HALF_LINE;
        __m256 sum[BLOCK_PLANES][2];
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int part = 0; part < parts; part++) { sum[r][part] = _mm256_setzero_ps(); }
        }
        int64_t g = 0;
        do {
            const uint8_t *scales = panel + (affine ? g * 5 : g / 2 * 17) * DENDRA_LINE_BYTES;
            const uint8_t *lines = scales + (affine ? 1 : 1 + g % 2 * GROUP_QUADS) * DENDRA_LINE_BYTES;
            for (int i = 0; i < (affine ? 5 : 9); i++) {
                _mm_prefetch((const char *) lines + PREFETCH_BYTES + i * DENDRA_LINE_BYTES, _MM_HINT_T0);
            }
            UNROLLED for (int part = 0; part < parts; part++) {
                __m256i halves = _mm256_load_si256((const __m256i *) (scales + part * HALF_LINE));
                __m256 scale = v_half(affine || g % 2 == 0 ? halves : _mm256_srli_epi32(halves, 16));
                __m256 minimum = affine ? v_half(_mm256_srli_epi32(halves, 16)) : _mm256_setzero_ps();
                group_dots dots =
                    dot_group(rows, planes, affine, lines + part * HALF_LINE, codes, g * DENDRA_GROUP);
                UNROLLED for (int r = 0; r < rows; r++) {
                    int64_t at = (row + r) * x->stride / DENDRA_GROUP + g;
                    int32_t activations = group_sum(planes, x, at);
                    __m256i dot = dots.of[r * planes];
                    if (planes == 2) {
                        dot = _mm256_add_epi32(_mm256_slli_epi32(dot, 8), dots.of[r * planes + 1]);
                    }
                    if (!affine) {
                        dot = _mm256_sub_epi32(dot, _mm256_set1_epi32(128 * activations));
                    }
                    __m256 value = _mm256_cvtepi32_ps(dot);
                    if (affine) {
                        __m256 rest = _mm256_mul_ps(minimum, _mm256_set1_ps((float) activations));
                        value = _mm256_fmadd_ps(scale, value, rest);
                    } else {
                        value = _mm256_mul_ps(scale, value);
                    }
                    sum[r][part] = _mm256_fmadd_ps(_mm256_set1_ps(x->scales[at]), value, sum[r][part]);
                }
            }
        } while (++g < all);
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int part = 0; part < parts; part++) {
                float *y = job->y.data + (row + r) * job->y.stride + panel_index * DENDRA_PANEL_ROWS;
                _mm256_store_ps(y + (first + part) * 8, sum[r][part]);
            }
        }
    }
}

/* The same with a panel that has one scale for each output. */
ALWAYS_INLINE void multiply_channels(const int rows, const int planes, const int parts,
                                     const dendra_matmul_codes_job *job, int64_t row, int64_t panel_index) {
    const dendra_codes *x = &job->x;
    const int64_t all = groups(&job->w);
    const code_planes codes = {{x->codes + row * x->stride, planes == 2 ? x->low_codes + row * x->stride : NULL},
                               x->stride};
    for (int first = 0; first < 2; first += parts) {
        const uint8_t *panel = dendra_panel(&job->w, panel_index) + first * HALF_LINE;
        __m256i dot[BLOCK_PLANES][2];
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int plane = 0; plane < planes; plane++) {
                int32_t activations = (plane == 0 ? x->sums : x->low_sums)[row + r];
                UNROLLED for (int part = 0; part < parts; part++) {
                    dot[r * planes + plane][part] = _mm256_set1_epi32(-128 * activations);
                }
            }
        }
        const uint8_t *lines = panel + DENDRA_LINE_BYTES;
        int64_t g = 0;
        do {
            UNROLLED for (int i = 0; i < GROUP_QUADS; i++) {
                _mm_prefetch((const char *) lines + PREFETCH_BYTES + i * DENDRA_LINE_BYTES, _MM_HINT_T0);
            }
            UNROLLED for (int part = 0; part < parts; part++) {
                group_dots dots = dot_group(rows, planes, false, lines + part * HALF_LINE, codes, g * DENDRA_GROUP);
                UNROLLED for (int i = 0; i < rows * planes; i++) {
                    dot[i][part] = _mm256_add_epi32(dot[i][part], dots.of[i]);
                }
            }
            lines += GROUP_QUADS * DENDRA_LINE_BYTES;
        } while (++g < all);
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int part = 0; part < parts; part++) {
                __m256 value = _mm256_cvtepi32_ps(dot[r * planes][part]);
                if (planes == 2) {
                    __m256 low = _mm256_cvtepi32_ps(dot[r * planes + 1][part]);
                    value = _mm256_fmadd_ps(_mm256_set1_ps(256), value, low);
                }
                __m256 scale = _mm256_load_ps((const float *) (panel + part * HALF_LINE));
                scale = _mm256_mul_ps(_mm256_set1_ps(x->scales[row + r]), scale);
                float *y = job->y.data + (row + r) * job->y.stride + panel_index * DENDRA_PANEL_ROWS;
                _mm256_store_ps(y + (first + part) * 8, _mm256_mul_ps(value, scale));
            }
        }
    }
}

#define CASE(encoding, planes, rows, call)                                                                             \
    case (encoding) * 16 + (planes) * 8 + (rows):                                                                      \
        call;                                                                                                          \
        break

/* One row takes both halves of a panel at once, so that its way from memory is one stream. */
#define CASES(encoding, multiply, ...)                                                                                 \
    CASE(encoding, 0, 1, multiply(1, 1, __VA_ARGS__ 2, job, row, panel));                                              \
    CASE(encoding, 0, 2, multiply(2, 1, __VA_ARGS__ 1, job, row, panel));                                              \
    CASE(encoding, 0, 3, multiply(3, 1, __VA_ARGS__ 1, job, row, panel));                                              \
    CASE(encoding, 0, 4, multiply(4, 1, __VA_ARGS__ 1, job, row, panel));                                              \
    CASE(encoding, 1, 1, multiply(1, 2, __VA_ARGS__ 2, job, row, panel));                                              \
    CASE(encoding, 1, 2, multiply(2, 2, __VA_ARGS__ 1, job, row, panel))

static void multiply_rows(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, int64_t panel) {
    const int planes = job->x.low_codes != NULL;
    switch (job->w.encoding * 16 + planes * 8 + (int) rows) {
        CASES(DENDRA_I8, multiply_channels, );
        CASES(DENDRA_I8G32, multiply_groups, false, );
        CASES(DENDRA_U4G32, multiply_groups, true, );
    }
}

void dendra_matmul_codes__avx2(const dendra_matmul_codes_job *job) {
    const int64_t block_rows = job->x.low_codes != NULL ? BLOCK_PLANES / 2 : BLOCK_PLANES;
    int64_t chunk;
    for (int64_t row = 0; row < job->rows; row += chunk) {
        chunk = block_size(job->rows, CHUNK_ROWS, row);
        for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
            int64_t rows;
            for (int64_t r = 0; r < chunk; r += rows) {
                rows = block_size(chunk, block_rows, r);
                multiply_rows(job, row + r, rows, panel);
            }
        }
    }
}
