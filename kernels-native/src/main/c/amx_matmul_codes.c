/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products with int8 and int16 activations on AMX, bit for bit those of the scalar kernels.
 *
 * i8: tiles take in all of K, then one scale finishes each sum. Groups of 32: a product of half a tile's depth gives the
 * exact sums of a group, which wait in scratch to be folded into y by AVX-512, several groups in one go so that y is read
 * and written once for all of them.
 */
#include "amx_dots.h"
#include "avx512_lines.h"

enum {
    CHANNEL_STEP = 64, /* inputs of a product for i8 */
    GROUP_BYTES = DENDRA_GROUP * DENDRA_PANEL_ROWS,
    M_BLOCK = 512,
    K_BLOCK = 512, /* at most, for groups */
    GROUPS = K_BLOCK / DENDRA_GROUP,
    FOLDED = 4, /* planes of groups that are folded in one go */
};

/* What a worker's scratch holds during products with i8. */
typedef struct channel_scratch {
    block_dots dots[2];
    uint8_t packed[DENDRA_SCRATCH_BYTES - 2 * sizeof(block_dots)]; /* [plane][row][K] */
} channel_scratch;

/* And during those with groups. */
typedef struct group_scratch {
    uint8_t codes[2][GROUPS][GROUP_BYTES]; /* of two panels, as int8 lines */
    float scales[2][GROUPS][DENDRA_PANEL_ROWS];
    float minima[2][GROUPS][DENDRA_PANEL_ROWS];
    block_dots dots[2][FOLDED]; /* some groups are multiplied while others are folded */
    float sums[M_BLOCK][GROUPS]; /* of the activations' codes */
    uint8_t packed[2][M_BLOCK * K_BLOCK];
} group_scratch;
_Static_assert(sizeof(channel_scratch) <= DENDRA_SCRATCH_BYTES, "scratch holds the sums");
_Static_assert(sizeof(group_scratch) <= DENDRA_SCRATCH_BYTES, "scratch holds a block of both");

static int plane_count(const dendra_codes *x) { return x->low_codes == NULL ? 1 : 2; }

static const uint8_t *plane_row(const dendra_codes *x, int plane, ptrdiff_t row) {
    return (const uint8_t *) (plane == 0 ? x->codes : x->low_codes) + row * x->stride;
}

/*
 * Exact sums of up to 32 rows times one or two panels over `steps` products. Rows are `x_stride` bytes apart, and steps
 * `x_step`; the lines of a panel follow one another.
 */
ALWAYS_INLINE void multiply(const uint8_t *x, size_t x_stride, size_t x_step, int a_tiles, const uint8_t *const panels[2],
                            int b_tiles, int steps, block_dots *dots) {
    zero_sums(a_tiles, b_tiles);
    for (int i = 0; i < steps; i++) {
        const size_t at = (size_t) i * TILE_BYTES;
        multiply_step(false, x + (size_t) i * x_step, x_stride, a_tiles, panels[0] + at, panels[b_tiles - 1] + at, b_tiles);
    }
    store_sums(dots, DENDRA_LINE_BYTES, sizeof (*dots)[0], a_tiles, b_tiles);
}

/* With the shapes as constants where it matters. */
static void multiply_rows(const uint8_t *x, size_t x_stride, size_t x_step, int rows, const uint8_t *const panels[2],
                          int b_tiles, int steps, block_dots *dots) {
    if (rows > TILE_ROWS && b_tiles == 2) {
        multiply(x, x_stride, x_step, 2, panels, 2, steps, dots);
    } else if (rows > TILE_ROWS) {
        multiply(x, x_stride, x_step, 2, panels, 1, steps, dots);
    } else if (b_tiles == 2) {
        multiply(x, x_stride, x_step, 1, panels, 2, steps, dots);
    } else {
        multiply(x, x_stride, x_step, 1, panels, 1, steps, dots);
    }
}

/* ---- i8 ---- */

/*
 * Rows `from` to `to` times all panels of the slice. Where the rows were packed, `packed_rows` says for how many there is
 * room in each plane, else it is 0 and they are read where they are.
 */
static void multiply_channels(const dendra_matmul_codes_job *job, int from, int to, int packed_rows) {
    channel_scratch *scratch = job->scratch.data;
    int columns = (int) dendra_padded_columns(job->w.columns);
    int planes = plane_count(&job->x);
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel += 2) {
        int b_tiles = job->panel_to - panel > 1 ? 2 : 1;
        const uint8_t *lines[2] = {dendra_panel(&job->w, panel) + DENDRA_LINE_BYTES, NULL};
        if (b_tiles == 2) {
            lines[1] = dendra_panel(&job->w, panel + 1) + DENDRA_LINE_BYTES;
        }
        for (int m = from; m < to; m += BLOCK_ROWS) {
            int rows = smaller(to - m, BLOCK_ROWS);
            for (int plane = 0; plane < planes; plane++) {
                if (packed_rows == 0) {
                    multiply_rows(plane_row(&job->x, plane, m), (size_t) job->x.stride, CHANNEL_STEP, rows, lines, b_tiles,
                                  columns / CHANNEL_STEP, &scratch->dots[plane]);
                } else {
                    const uint8_t *x = scratch->packed + ((ptrdiff_t) plane * packed_rows + (m - from)) * columns;
                    multiply_rows(x, DENDRA_LINE_BYTES, PACKED_STEP, rows, lines, b_tiles, columns / CHANNEL_STEP,
                                  &scratch->dots[plane]);
                }
            }
            for (int b = 0; b < b_tiles; b++) {
                float *y = job->y.data + (ptrdiff_t) m * job->y.stride + (panel + b) * DENDRA_PANEL_ROWS;
                scale_sums((const block_dots *) scratch->dots, planes, b, rows, dendra_panel(&job->w, panel + b),
                           job->x.scales + m, y, job->y.stride);
            }
        }
    }
}

/* As many full blocks of rows at a time as can be packed over all of K, then the rows that are left. */
static void matmul_by_channel(const dendra_matmul_codes_job *job) {
    channel_scratch *scratch = job->scratch.data;
    int columns = (int) dendra_padded_columns(job->w.columns);
    int planes = plane_count(&job->x);
    int room = (int) (sizeof scratch->packed / (size_t) planes / (size_t) columns) / BLOCK_ROWS * BLOCK_ROWS;
    int full = job->rows / BLOCK_ROWS * BLOCK_ROWS;
    int to;
    for (int from = 0; from < job->rows; from = to) {
        int left = (from < full ? full : job->rows) - from;
        to = from + (room == 0 ? left : smaller(left, room));
        if (from == 0 || from == full) {
            configure_tiles(smaller(job->rows - from, BLOCK_ROWS), CHANNEL_STEP);
        }
        for (int plane = 0; plane < planes && room > 0; plane++) {
            pack_rows(plane_row(&job->x, plane, from), (size_t) job->x.stride, to - from, columns / CHANNEL_STEP,
                      scratch->packed + (ptrdiff_t) plane * room * columns);
        }
        multiply_channels(job, from, to, room);
    }
}

/* ---- i8g32, u4g32 ---- */

/* Some rows of a job, and some of its inputs. */
typedef struct block {
    const dendra_matmul_codes_job *job;
    group_scratch *scratch;
    int row_from, row_to;
    int k_from, k_to;
} block;

/* Groups of the block; one of padding alone does not count. */
static int group_count(const block *block) {
    int all = (int) groups(&block->job->w);
    return (int) smaller(all - block->k_from / DENDRA_GROUP, (block->k_to - block->k_from) / DENDRA_GROUP);
}

static void unpack_i8g32(const uint8_t *panel, const block *block, int b) {
    group_scratch *scratch = block->scratch;
    for (int k = block->k_from, group = 0; k < block->k_to; k += DENDRA_GROUP, group++) {
        halves scales = line_halves(group_scales(DENDRA_I8G32, panel, k / DENDRA_GROUP));
        _mm512_store_ps(scratch->scales[b][group], k % 64 == 0 ? scales.low : scales.high);
    }
}

static void unpack_u4g32(const uint8_t *panel, const block *block, int b) {
    group_scratch *scratch = block->scratch;
    for (int k = block->k_from, group = 0; k < block->k_to; k += DENDRA_GROUP, group++) {
        const uint8_t *packed = group_codes(DENDRA_U4G32, panel, k / DENDRA_GROUP);
        halves scales = line_halves(group_scales(DENDRA_U4G32, panel, k / DENDRA_GROUP));
        _mm512_store_ps(scratch->scales[b][group], scales.low);
        _mm512_store_ps(scratch->minima[b][group], scales.high);
        for (int line = 0; line < 4; line++) {
            __m512i codes = _mm512_load_si512(packed + line * DENDRA_LINE_BYTES);
            uint8_t *quads = scratch->codes[b][group] + 2 * line * DENDRA_LINE_BYTES;
            _mm512_store_si512(quads, low_nibbles(codes));
            _mm512_store_si512(quads + DENDRA_LINE_BYTES, high_nibbles(codes));
        }
    }
}

/* The int8 lines of a group of the block. */
static const uint8_t *lines_of_group(const block *block, int64_t panel, int b, int group) {
    const dendra_weights *w = &block->job->w;
    if (w->encoding == DENDRA_U4G32) {
        return block->scratch->codes[b][group];
    }
    return group_codes(w->encoding, dendra_panel(w, panel + b), block->k_from / DENDRA_GROUP + group);
}

/* The sums of the activations' codes, for the minima. */
static void convert_sums(const block *block) {
    const dendra_codes *x = &block->job->x;
    int groups = group_count(block);
    __mmask16 present = (__mmask16) ((1u << groups) - 1);
    for (int m = block->row_from; m < block->row_to; m++) {
        ptrdiff_t at = ((ptrdiff_t) m * x->stride + block->k_from) / DENDRA_GROUP;
        __m512i high = _mm512_maskz_loadu_epi32(present, x->sums + at);
        __m512i low = x->low_sums == NULL ? high : _mm512_maskz_loadu_epi32(present, x->low_sums + at);
        _mm512_store_ps(block->scratch->sums[m - block->row_from], joined(high, low, plane_count(x)));
    }
}

/* Adds groups `from` to `to` of a panel to `count` rows of y; `row` is the first of them in its block. */
ALWAYS_INLINE void fold(const block *block, int m, int row, int count, int64_t panel, int b, int from, int to,
                        const block_dots *dots, int planes, bool minima) {
    const dendra_matmul_codes_job *job = block->job;
    const group_scratch *scratch = block->scratch;
    const float *sums = scratch->sums[m + row - block->row_from];
    ptrdiff_t groups = job->x.stride / DENDRA_GROUP;
    const float *a = job->x.scales + (ptrdiff_t) (m + row) * groups + block->k_from / DENDRA_GROUP;
    float *outputs = job->y.data + (ptrdiff_t) (m + row) * job->y.stride + (panel + b) * DENDRA_PANEL_ROWS;
    __m512 y[4];
    UNROLLED
    for (int i = 0; i < count; i++) {
        y[i] = block->k_from + from == 0 ? _mm512_setzero_ps() : _mm512_load_ps(outputs + (ptrdiff_t) i * job->y.stride);
    }
    for (int group = from; group < to; group++) {
        __m512 scale = _mm512_load_ps(scratch->scales[b][group]);
        __m512 minimum = minima ? _mm512_load_ps(scratch->minima[b][group]) : _mm512_setzero_ps();
        const block_dots *high = dots + (group - from) * planes;
        const block_dots *low = high + planes - 1;
        UNROLLED
        for (int i = 0; i < count; i++) {
            __m512 dot = joined(_mm512_load_si512((*high)[b][row + i]), _mm512_load_si512((*low)[b][row + i]), planes);
            __m512 sum = _mm512_set1_ps(minima ? sums[i * GROUPS + group] : 0);
            __m512 share = minima ? _mm512_fmadd_ps(scale, dot, _mm512_mul_ps(minimum, sum)) : _mm512_mul_ps(scale, dot);
            y[i] = _mm512_fmadd_ps(_mm512_set1_ps(a[i * groups + group]), share, y[i]);
        }
    }
    UNROLLED
    for (int i = 0; i < count; i++) {
        _mm512_store_ps(outputs + (ptrdiff_t) i * job->y.stride, y[i]);
    }
}

ALWAYS_INLINE void fold_rows(const block *block, int m, int rows, int64_t panel, int b, int from, int to,
                             const block_dots *dots, int planes, bool minima) {
    int row = 0;
    for (; row + 4 <= rows; row += 4) {
        fold(block, m, row, 4, panel, b, from, to, dots, planes, minima);
    }
    for (; row < rows; row++) {
        fold(block, m, row, 1, panel, b, from, to, dots, planes, minima);
    }
}

/* Exact sums of a block of rows with one or two panels, for groups `from` to `to`. */
static void multiply_groups(const block *block, int m, int64_t panel, int b_tiles, int from, int to, block_dots *dots) {
    const dendra_matmul_codes_job *job = block->job;
    int rows = smaller(block->row_to - m, BLOCK_ROWS);
    ptrdiff_t row_block = (ptrdiff_t) (m - block->row_from) * (block->k_to - block->k_from);
    const float *y = job->y.data + (ptrdiff_t) m * job->y.stride + panel * DENDRA_PANEL_ROWS;
    for (int group = from; group < to; group++) {
        const uint8_t *lines[2] = {lines_of_group(block, panel, 0, group), lines_of_group(block, panel, b_tiles - 1, group)};
        prefetch_outputs(y, (size_t) job->y.stride * sizeof(float), group, rows);
        for (int plane = 0; plane < plane_count(&job->x); plane++) {
            /* A packed line holds two groups. */
            const uint8_t *x = block->scratch->packed[plane] + row_block + group / 2 * PACKED_STEP + group % 2 * DENDRA_GROUP;
            multiply_rows(x, DENDRA_LINE_BYTES, 0, rows, lines, b_tiles, 1, dots++);
        }
    }
}

static void fold_groups(const block *block, int m, int64_t panel, int b_tiles, int from, int to,
                        const block_dots *dots) {
    int planes = plane_count(&block->job->x);
    bool minima = block->job->w.encoding == DENDRA_U4G32;
    int rows = smaller(block->row_to - m, BLOCK_ROWS);
    for (int b = 0; b < b_tiles; b++) {
        if (planes == 1 && minima) {
            fold_rows(block, m, rows, panel, b, from, to, dots, 1, true);
        } else if (planes == 1) {
            fold_rows(block, m, rows, panel, b, from, to, dots, 1, false);
        } else if (minima) {
            fold_rows(block, m, rows, panel, b, from, to, dots, 2, true);
        } else {
            fold_rows(block, m, rows, panel, b, from, to, dots, 2, false);
        }
    }
}

/*
 * A block of rows times one or two panels whose scales, and codes where they need it, are unpacked. The tiles work on the
 * next groups while the vector units fold the last ones.
 */
static void multiply_and_fold(const block *block, int m, int64_t panel, int b_tiles) {
    block_dots(*dots)[FOLDED] = block->scratch->dots;
    int groups = group_count(block);
    int chunk = FOLDED / plane_count(&block->job->x);
    multiply_groups(block, m, panel, b_tiles, 0, smaller(chunk, groups), dots[0]);
    for (int from = 0, half = 0; from < groups; from += chunk, half ^= 1) {
        int to = smaller(from + chunk, groups);
        multiply_groups(block, m, panel, b_tiles, to, smaller(to + chunk, groups), dots[half ^ 1]);
        fold_groups(block, m, panel, b_tiles, from, to, (const block_dots *) dots[half]);
    }
}

static void multiply_block(const block *block) {
    const dendra_matmul_codes_job *job = block->job;
    int lines = (block->k_to - block->k_from) / DENDRA_LINE_BYTES;
    for (int plane = 0; plane < plane_count(&job->x); plane++) {
        pack_rows(plane_row(&job->x, plane, block->row_from) + block->k_from, (size_t) job->x.stride,
                  block->row_to - block->row_from, lines, block->scratch->packed[plane]);
    }
    if (job->w.encoding == DENDRA_U4G32) {
        convert_sums(block);
    }
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel += 2) {
        int b_tiles = job->panel_to - panel > 1 ? 2 : 1;
        for (int b = 0; b < b_tiles; b++) {
            const uint8_t *weights = dendra_panel(&job->w, panel + b);
            if (job->w.encoding == DENDRA_U4G32) {
                unpack_u4g32(weights, block, b);
            } else {
                unpack_i8g32(weights, block, b);
            }
        }
        finish_stores();
        for (int m = block->row_from; m < block->row_to; m += BLOCK_ROWS) {
            multiply_and_fold(block, m, panel, b_tiles);
        }
    }
}

static void matmul_by_group(const dendra_matmul_codes_job *job) {
    int columns = (int) dendra_padded_columns(job->w.columns);
    int k_block = even_block(columns, K_BLOCK);
    int full = job->rows / BLOCK_ROWS * BLOCK_ROWS;
    block block = {.job = job, .scratch = job->scratch.data};
    for (int m = 0; m < job->rows; m = block.row_to) {
        block.row_from = m;
        block.row_to = smaller(m < full ? full : job->rows, m + M_BLOCK);
        if (m == 0 || m == full) {
            configure_tiles(smaller(job->rows - m, BLOCK_ROWS), DENDRA_GROUP);
        }
        for (int k = 0; k < columns; k += k_block) {
            block.k_from = k;
            block.k_to = smaller(columns, k + k_block);
            multiply_block(&block);
        }
    }
}

void dendra_matmul_codes__amx(const dendra_matmul_codes_job *job) {
    if (job->rows < job->tile_rows_from) {
        dendra_matmul_codes__avx512(job);
        return;
    }
    if (job->w.encoding == DENDRA_I8) {
        matmul_by_channel(job);
    } else {
        matmul_by_group(job);
    }
    _tile_release();
}
