/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of integer weights with activations rounded to int8 or int16. Outputs are lanes: a line of 16 outputs and 4
 * inputs meets four activation codes in all lanes by one vpdpbusd, 64 products, two of which start in a cycle at best.
 * That instruction wants one unsigned operand: u4 codes are, signed ones go in as code + 128, and 128 times the sum of the
 * activations comes off. Integers are exact, so that only the order of the float steps of each group is given.
 *
 * Lines are expanded in registers, a few instructions beside the dot products that they serve. Few rows are bound by the
 * weights' way from memory and read one panel as one ascending stream. More rows go over two panels, 6 at a time, so that
 * 8 loads serve 12 vpdpbusd; while they do, the next panels are asked for, spread over all passes of these.
 */
#include "avx512_codes.h"

enum {
    BLOCK_PANELS = 2,
    BLOCK_ROWS = 6
};

/*
 * The exact dot products of a group in a panel's block with `rows` rows; `at` is the group's place among all of the first
 * row's. At least four sums are under way at any time, since the next vpdpbusd on the same one waits for four or five cycles.
 */
ALWAYS_INLINE void dot_group(const int rows, const int planes, const bool affine, const uint8_t *block, const int half,
                             const dendra_codes *x, int64_t at, __m512i dot[DIRECT_ROWS]) {
    const int chains = dot_chains(rows, planes);
    __m512i sum[DIRECT_ROWS][2][MOST_CHAINS];
    clear_chains(rows, planes, chains, sum);
    UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
        __m512i line = load_line(affine, block, half, q);
        add_line(rows, planes, chains, line, x, at * DENDRA_GROUP + 4 * q, q, sum);
    }
    join_chains(rows, planes, chains, sum, dot);
}

/* One panel with all of a few rows. */
ALWAYS_INLINE void stream(const int rows, const int planes, const bool affine, const dendra_matmul_codes_job *job,
                          const uint8_t *panel, float *y) {
    const int block_groups = affine ? 1 : 2;
    const int64_t block_bytes = DENDRA_LINE_BYTES * (affine ? 5 : 17);
    const dendra_codes *x = &job->x;
    __m512 sum[DIRECT_ROWS];
    UNROLLED for (int r = 0; r < rows; r++) { sum[r] = _mm512_setzero_ps(); }
    const int64_t count = groups(&job->w);
    int64_t g = 0;
    do {
        UNROLLED for (int line = 0; line < block_bytes / DENDRA_LINE_BYTES; line++) {
            _mm_prefetch(panel + PREFETCH_BYTES + line * DENDRA_LINE_BYTES, _MM_HINT_T0);
        }
        halves scales = line_halves(panel);
        UNROLLED for (int half = 0; half < block_groups; half++) {
            if (g + half < count) {
                __m512 scale = half == 0 ? scales.low : scales.high;
                __m512 offset = group_offset(affine, scales, scale);
                __m512i dot[DIRECT_ROWS];
                dot_group(rows, planes, affine, panel, half, x, g + half, dot);
                UNROLLED for (int r = 0; r < rows; r++) {
                    int64_t at = g + half + r * (x->stride / DENDRA_GROUP);
                    sum[r] = add_group(planes, affine, dot[r], scale, offset, x, at, sum[r]);
                }
            }
        }
        g += block_groups;
        panel += block_bytes;
    } while (g < count);
    UNROLLED for (int r = 0; r < rows; r++) { _mm512_store_ps(y + r * job->y.stride, sum[r]); }
}

/* A block of rows and panels of a product. */
typedef struct product_block {
    const dendra_codes *x;
    int64_t row;
    const uint8_t *panel;
    int64_t panel_bytes;
    int64_t groups;
    float *y;
    int64_t y_stride;
} product_block;

/*
 * The exact dot products of a group with a block of rows and panels. There is one sum for each: of int16 codes the high
 * bytes come first and are shifted, and then the lines are expanded again, since they would not fit beside the sums.
 */
ALWAYS_INLINE void dot_block(const int rows, const int panels, const int planes, const bool affine,
                             const product_block *block, const uint8_t *weights, const int half, int64_t at,
                             __m512i dot[BLOCK_ROWS][BLOCK_PANELS]) {
    const dendra_codes *x = block->x;
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int p = 0; p < panels; p++) { dot[r][p] = _mm512_setzero_si512(); }
    }
    UNROLLED for (int plane = 0; plane < planes; plane++) {
        const int8_t *codes = (plane == 0 ? x->codes : x->low_codes) + at * DENDRA_GROUP;
        if (plane == 1) {
            __asm__ volatile("" ::: "memory");
            UNROLLED for (int r = 0; r < rows; r++) {
                UNROLLED for (int p = 0; p < panels; p++) { dot[r][p] = _mm512_slli_epi32(dot[r][p], 8); }
            }
        }
        UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
            __m512i line[BLOCK_PANELS];
            UNROLLED for (int p = 0; p < panels; p++) {
                line[p] = load_line(affine, weights + p * block->panel_bytes, half, q);
            }
            UNROLLED for (int r = 0; r < rows; r++) {
                __m512i activation = quad(codes + r * x->stride + 4 * q);
                UNROLLED for (int p = 0; p < panels; p++) {
                    dot[r][p] = _mm512_dpbusd_epi32(dot[r][p], line[p], activation);
                }
            }
        }
    }
}

/*
 * `rows` rows with `panels` panels. Bound by the two ports of vpdpbusd, which for each group, row and panel also do 2 float
 * steps (i8g32) or 3 (u4g32).
 */
ALWAYS_INLINE void sweep(const int rows, const int panels, const int planes, const bool affine,
                         const product_block *block, line_prefetch *ahead) {
    const int block_groups = affine ? 1 : 2;
    const int64_t block_bytes = DENDRA_LINE_BYTES * (affine ? 5 : 17);
    const int64_t stride = block->x->stride / DENDRA_GROUP;
    const uint8_t *weights = block->panel;
    __m512 sum[BLOCK_ROWS][BLOCK_PANELS];
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int p = 0; p < panels; p++) { sum[r][p] = _mm512_setzero_ps(); }
    }
    int64_t g = 0;
    do {
        ask_for_lines(ahead);
        UNROLLED for (int half = 0; half < block_groups; half++) {
            if (g + half < block->groups) {
                const int64_t at = block->row * stride + g + half;
                __m512i dot[BLOCK_ROWS][BLOCK_PANELS];
                dot_block(rows, panels, planes, affine, block, weights, half, at, dot);
                UNROLLED for (int p = 0; p < panels; p++) {
                    halves scales = line_halves(weights + p * block->panel_bytes);
                    __m512 scale = half == 0 ? scales.low : scales.high;
                    __m512 offset = group_offset(affine, scales, scale);
                    UNROLLED for (int r = 0; r < rows; r++) {
                        sum[r][p] = add_group(planes, affine, dot[r][p], scale, offset, block->x, at + r * stride, sum[r][p]);
                    }
                }
            }
        }
        g += block_groups;
        weights += block_bytes;
    } while (g < block->groups);
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int p = 0; p < panels; p++) {
            _mm512_store_ps(block->y + r * block->y_stride + p * DENDRA_PANEL_ROWS, sum[r][p]);
        }
    }
}

/* Turns run-time numbers into constants. */
#define DEFINE_SWEEP(name, panels, planes, affine)                                                                     \
    static void name(int64_t rows, const product_block *block, line_prefetch *ahead) {                                 \
        switch (rows) {                                                                                                \
            CASE(1, sweep(1, panels, planes, affine, block, ahead));                                                   \
            CASE(2, sweep(2, panels, planes, affine, block, ahead));                                                   \
            CASE(3, sweep(3, panels, planes, affine, block, ahead));                                                   \
            CASE(4, sweep(4, panels, planes, affine, block, ahead));                                                   \
            CASE(5, sweep(5, panels, planes, affine, block, ahead));                                                   \
            CASE(6, sweep(6, panels, planes, affine, block, ahead));                                                   \
        }                                                                                                              \
    }

DEFINE_SWEEP(sweep_i8_1, 1, 1, false)
DEFINE_SWEEP(sweep_i8_2, 2, 1, false)
DEFINE_SWEEP(sweep_u4_1, 1, 1, true)
DEFINE_SWEEP(sweep_u4_2, 2, 1, true)
DEFINE_SWEEP(sweep_i8_planes_1, 1, 2, false)
DEFINE_SWEEP(sweep_i8_planes_2, 2, 2, false)
DEFINE_SWEEP(sweep_u4_planes_1, 1, 2, true)
DEFINE_SWEEP(sweep_u4_planes_2, 2, 2, true)

typedef void (*sweep_function)(int64_t rows, const product_block *block, line_prefetch *ahead);

/* [u4g32][two planes][two panels] */
static const sweep_function SWEEPS[2][2][2] = {
    {{sweep_i8_1, sweep_i8_2}, {sweep_i8_planes_1, sweep_i8_planes_2}},
    {{sweep_u4_1, sweep_u4_2}, {sweep_u4_planes_1, sweep_u4_planes_2}},
};

/* A chunk of rows with all panels of the slice. */
static void multiply_chunk(const dendra_matmul_codes_job *job, int64_t row, int64_t rows) {
    const dendra_weights *w = &job->w;
    const sweep_function *functions = SWEEPS[w->encoding == DENDRA_U4G32][job->x.low_codes != NULL];
    const int64_t panel_bytes = dendra_panel_bytes(w);
    const int64_t passes = (rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    const int64_t block_lines = BLOCK_PANELS * dendra_block_bytes(w) / DENDRA_LINE_BYTES;
    line_prefetch ahead = {.end = dendra_panel(w, job->panel_to), .lines = (block_lines + passes - 1) / passes};
    int64_t panels;
    for (int64_t p = job->panel_from; p < job->panel_to; p += panels) {
        panels = smaller(BLOCK_PANELS, job->panel_to - p);
        ahead.next = dendra_panel(w, p + panels);
        int64_t block_rows;
        for (int64_t r = 0; r < rows; r += block_rows) {
            block_rows = block_size(rows, BLOCK_ROWS, r);
            product_block block = {.x = &job->x,
                                   .row = row + r,
                                   .panel = dendra_panel(w, p),
                                   .panel_bytes = panel_bytes,
                                   .groups = groups(w),
                                   .y = job->y.data + (row + r) * job->y.stride + p * DENDRA_PANEL_ROWS,
                                   .y_stride = job->y.stride};
            functions[panels - 1](block_rows, &block, &ahead);
        }
    }
}

#define STREAM(rows)                                                                                                   \
    if (affine) {                                                                                                      \
        if (job->x.low_codes == NULL) {                                                                                \
            stream(rows, 1, true, job, panel, y);                                                                      \
        } else {                                                                                                       \
            stream(rows, 2, true, job, panel, y);                                                                      \
        }                                                                                                              \
    } else if (job->x.low_codes == NULL) {                                                                             \
        stream(rows, 1, false, job, panel, y);                                                                         \
    } else {                                                                                                           \
        stream(rows, 2, false, job, panel, y);                                                                         \
    }

static void multiply_groups(const dendra_matmul_codes_job *job) {
    if (job->rows > DIRECT_ROWS) {
        int64_t rows;
        for (int64_t row = 0; row < job->rows; row += rows) {
            rows = block_size(job->rows, CHUNK_ROWS, row);
            multiply_chunk(job, row, rows);
        }
        return;
    }
    const bool affine = job->w.encoding == DENDRA_U4G32;
    for (int64_t p = job->panel_from; p < job->panel_to; p++) {
        const uint8_t *panel = dendra_panel(&job->w, p);
        float *y = job->y.data + p * DENDRA_PANEL_ROWS;
        switch (job->rows) {
            CASE(1, STREAM(1));
            CASE(2, STREAM(2));
            CASE(3, STREAM(3));
            CASE(4, STREAM(4));
        }
    }
}

/* Activations of a chunk as unsigned operands, code + 128, plane by plane; [rows][stride]. */
typedef struct unsigned_rows {
    const uint8_t *codes[2];
    int64_t stride;
} unsigned_rows;

/* The finished sums of 16 outputs and one row, with one scale for each. */
ALWAYS_INLINE void store_channels(const int planes, const __m512i dot[2], const dendra_matmul_codes_job *job, int64_t row,
                                  int64_t panel) {
    __m512 sum = channel_values(planes, dot, _mm512_set1_ps(job->x.scales[row]), _mm512_load_ps(dendra_panel(&job->w, panel)));
    _mm512_store_ps(job->y.data + row * job->y.stride + panel * DENDRA_PANEL_ROWS, sum);
}

/* `rows` rows from `row` on with one panel; four sums for each hide the latency of vpdpbusd. */
ALWAYS_INLINE void stream_channels(const int rows, const int planes, const dendra_matmul_codes_job *job, int64_t row,
                                   int64_t panel) {
    enum { CHAINS = 4 };
    const dendra_codes *x = &job->x;
    __m512i dot[DIRECT_ROWS][2][CHAINS];
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int plane = 0; plane < planes; plane++) {
            UNROLLED for (int c = 0; c < CHAINS; c++) { dot[r][plane][c] = _mm512_setzero_si512(); }
        }
    }
    const uint8_t *line = dendra_panel(&job->w, panel) + DENDRA_LINE_BYTES;
    const int64_t columns = dendra_padded_columns(job->w.columns);
    int64_t k = 0;
    do {
        UNROLLED for (int q = 0; q < 2 * CHAINS; q++) {
            _mm_prefetch(line + PREFETCH_BYTES + q * DENDRA_LINE_BYTES, _MM_HINT_T0);
            __m512i codes = unsigned_line(line + q * DENDRA_LINE_BYTES);
            UNROLLED for (int r = 0; r < rows; r++) {
                UNROLLED for (int plane = 0; plane < planes; plane++) {
                    const int8_t *activation = (plane == 0 ? x->codes : x->low_codes) + (row + r) * x->stride + k + 4 * q;
                    __m512i *sum = &dot[r][plane][q % CHAINS];
                    *sum = _mm512_dpbusd_epi32(*sum, codes, quad(activation));
                }
            }
        }
        k += 8 * CHAINS;
        line += 2 * CHAINS * DENDRA_LINE_BYTES;
    } while (k < columns);
    UNROLLED for (int r = 0; r < rows; r++) {
        __m512i total[2];
        UNROLLED for (int plane = 0; plane < planes; plane++) {
            total[plane] = _mm512_set1_epi32(-128 * (plane == 0 ? x->sums : x->low_sums)[row + r]);
            UNROLLED for (int c = 0; c < CHAINS; c++) {
                total[plane] = _mm512_add_epi32(total[plane], dot[r][plane][c]);
            }
        }
        store_channels(planes, total, job, row + r, panel);
    }
}

/* `rows` rows from `row` on, the `from`th of the chunk, with panels from `panel` on. */
ALWAYS_INLINE void sweep_channels(const int rows, const int panels, const int planes, const dendra_matmul_codes_job *job,
                                  unsigned_rows x, const int32_t excess[BLOCK_PANELS][16], int64_t row, int64_t from,
                                  int64_t panel) {
    __m512i dot[BLOCK_ROWS][BLOCK_PANELS][2];
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int p = 0; p < panels; p++) {
            UNROLLED for (int plane = 0; plane < planes; plane++) { dot[r][p][plane] = _mm512_load_si512(excess[p]); }
        }
    }
    const int64_t panel_stride = dendra_panel_bytes(&job->w);
    const uint8_t *line = dendra_panel(&job->w, panel) + DENDRA_LINE_BYTES;
    const int64_t columns = dendra_padded_columns(job->w.columns);
    const uint8_t *codes[2] = {x.codes[0] + from * x.stride, planes == 2 ? x.codes[1] + from * x.stride : NULL};
    int64_t k = 0;
    do {
        UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
            UNROLLED for (int r = 0; r < rows; r++) {
                UNROLLED for (int plane = 0; plane < planes; plane++) {
                    __m512i activation = quad((const int8_t *) codes[plane] + r * x.stride + k + 4 * q);
                    UNROLLED for (int p = 0; p < panels; p++) {
                        __m512i weights = _mm512_load_si512(line + p * panel_stride + q * DENDRA_LINE_BYTES);
                        dot[r][p][plane] = _mm512_dpbusd_epi32(dot[r][p][plane], activation, weights);
                    }
                }
            }
        }
        k += DENDRA_GROUP;
        line += GROUP_QUADS * DENDRA_LINE_BYTES;
    } while (k < columns);
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int p = 0; p < panels; p++) { store_channels(planes, dot[r][p], job, row + r, panel + p); }
    }
}

#define SWEEP_CHANNELS(rows, planes)                                                                                   \
    if (panels == 1) {                                                                                                 \
        sweep_channels(rows, 1, planes, job, x, excess, row, from, panel);                                             \
    } else {                                                                                                           \
        sweep_channels(rows, 2, planes, job, x, excess, row, from, panel);                                             \
    }

static void sweep_channel_rows(const dendra_matmul_codes_job *job, unsigned_rows x,
                               const int32_t excess[BLOCK_PANELS][16], int64_t row, int64_t from, int64_t rows,
                               int64_t panel, int64_t panels) {
    switch (rows) {
        CASE(1, SWEEP_CHANNELS(1, 1));
        CASE(2, SWEEP_CHANNELS(2, 1));
        CASE(3, SWEEP_CHANNELS(3, 1));
        CASE(4, SWEEP_CHANNELS(4, 1));
        CASE(5, SWEEP_CHANNELS(5, 1));
        CASE(6, SWEEP_CHANNELS(6, 1));
    }
}

static void sweep_channel_planes(const dendra_matmul_codes_job *job, unsigned_rows x,
                                 const int32_t excess[BLOCK_PANELS][16], int64_t row, int64_t from, int64_t rows,
                                 int64_t panel, int64_t panels) {
    switch (rows) {
        CASE(1, SWEEP_CHANNELS(1, 2));
        CASE(2, SWEEP_CHANNELS(2, 2));
        CASE(3, SWEEP_CHANNELS(3, 2));
    }
}

static uint8_t *copy_unsigned(const int8_t *codes, int64_t bytes, uint8_t *target) {
    for (int64_t i = 0; i < bytes; i += 64) {
        _mm512_store_si512(target + i, unsigned_line(codes + i));
    }
    return target;
}

/* -128 times the sum of each output's codes, which activations of code + 128 add too much of. */
static void write_excess(const dendra_weights *w, int64_t panel, int32_t excess[16]) {
    const uint8_t *lines = dendra_panel(w, panel) + DENDRA_LINE_BYTES;
    const int64_t bytes = dendra_padded_columns(w->columns) * 16;
    __m512i sums[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (int64_t i = 0; i < bytes; i += 2 * DENDRA_LINE_BYTES) {
        UNROLLED for (int c = 0; c < 2; c++) {
            __m512i line = _mm512_load_si512(lines + i + c * DENDRA_LINE_BYTES);
            sums[c] = _mm512_dpbusd_epi32(sums[c], _mm512_set1_epi8(1), line);
        }
    }
    __m512i sum = _mm512_slli_epi32(_mm512_add_epi32(sums[0], sums[1]), 7);
    _mm512_store_si512(excess, _mm512_sub_epi32(_mm512_setzero_si512(), sum));
}

/* A chunk of rows with all panels of the slice, whose lines are used as they are. */
static void multiply_channel_chunk(const dendra_matmul_codes_job *job, int64_t row, int64_t rows) {
    const bool planes = job->x.low_codes != NULL;
    const int64_t bytes = rows * job->x.stride;
    uint8_t *target = job->scratch.data;
    unsigned_rows x = {{copy_unsigned(job->x.codes + row * job->x.stride, bytes, target)}, job->x.stride};
    if (planes) {
        x.codes[1] = copy_unsigned(job->x.low_codes + row * job->x.stride, bytes, target + bytes);
    }
    int64_t panels;
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel += panels) {
        _Alignas(64) int32_t excess[BLOCK_PANELS][16];
        panels = smaller(BLOCK_PANELS, job->panel_to - panel);
        for (int64_t p = 0; p < panels; p++) {
            write_excess(&job->w, panel + p, excess[p]);
        }
        int64_t block;
        for (int64_t from = 0; from < rows; from += block) {
            block = block_size(rows, planes ? BLOCK_ROWS / 2 : BLOCK_ROWS, from);
            if (planes) {
                sweep_channel_planes(job, x, excess, row + from, from, block, panel, panels);
            } else {
                sweep_channel_rows(job, x, excess, row + from, from, block, panel, panels);
            }
        }
    }
}

#define STREAM_CHANNELS(rows)                                                                                          \
    if (planes) {                                                                                                      \
        stream_channels(rows, 2, job, row, panel);                                                                          \
    } else {                                                                                                           \
        stream_channels(rows, 1, job, row, panel);                                                                          \
    }

static void stream_channel_rows(const dendra_matmul_codes_job *job, int64_t row, int64_t rows) {
    const bool planes = job->x.low_codes != NULL;
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
        switch (rows) {
            CASE(1, STREAM_CHANNELS(1));
            CASE(2, STREAM_CHANNELS(2));
            CASE(3, STREAM_CHANNELS(3));
            CASE(4, STREAM_CHANNELS(4));
        }
    }
}

static void multiply_channels(const dendra_matmul_codes_job *job) {
    const int64_t row_bytes = (int64_t) job->x.stride * (job->x.low_codes != NULL ? 2 : 1);
    const bool direct = job->rows <= DIRECT_ROWS || row_bytes > DENDRA_SCRATCH_BYTES / (DIRECT_ROWS + 1);
    const int64_t most = direct ? DIRECT_ROWS : smaller(CHUNK_ROWS, DENDRA_SCRATCH_BYTES / row_bytes);
    int64_t rows;
    for (int64_t row = 0; row < job->rows; row += rows) {
        rows = block_size(job->rows, most, row);
        if (direct) {
            stream_channel_rows(job, row, rows);
        } else {
            multiply_channel_chunk(job, row, rows);
        }
    }
}

void dendra_matmul_codes__avx512(const dendra_matmul_codes_job *job) {
    if (job->w.encoding == DENDRA_I8) {
        multiply_channels(job);
    } else {
        multiply_groups(job);
    }
}
