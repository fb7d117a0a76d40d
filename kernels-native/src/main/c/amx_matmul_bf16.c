/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products with bfloat16 activations on AMX. The weights of two panels and a block of inputs are expanded to bfloat16
 * lines, which stay in the first-level cache while all rows of the activations stream past them from the second. Sums wait
 * in y between blocks of inputs; their order depends on K alone.
 */
#include "amx_tiles.h"
#include "avx512_lines.h"
#include "layout.h"

enum {
    K_BLOCK = 576, /* at most: two panels of them leave room in a first-level cache of 48 KiB */
    M_BLOCK = 512,
    TILE_INPUTS = 32, /* of a product: one line of the packed rows */
    INPUT_BYTES = 32, /* of an expanded panel: 16 outputs */
    EXPANDED_BYTES = 2 * K_BLOCK * INPUT_BYTES,
};
_Static_assert(EXPANDED_BYTES + M_BLOCK * K_BLOCK * 2 <= DENDRA_SCRATCH_BYTES, "scratch holds a block of both");

/* Scale and minimum of each lane, where lanes hold two inputs of outputs 0 to 7 (low) and of outputs 8 to 15 (high). */
typedef struct affine {
    __m512 scale_low, scale_high, minimum_low, minimum_high;
} affine;

/* Scales are taken down by 2^24, for codes in the top byte of a lane. */
ALWAYS_INLINE affine affine_of(__m512 scale, __m512 minimum) {
    const __m512i low = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    __m512 code_scale = _mm512_mul_ps(scale, _mm512_set1_ps(0x1p-24f));
    return (affine){_mm512_permutexvar_ps(low, code_scale), _mm512_permutexvar_ps(high, code_scale),
                    _mm512_permutexvar_ps(low, minimum), _mm512_permutexvar_ps(high, minimum)};
}

/*
 * A line of 16 outputs x 4 int8 codes to two lines of 16 x 2 bfloat16. Within its 128 bits the byte shuffle brings each
 * code to the top of a lane, where it is 2^24 times itself as an integer; quadwords are exchanged first so that the
 * outputs come out in their order.
 */
ALWAYS_INLINE void expand_quads(__m512i codes, affine w, uint8_t *lines) {
    const __m512i exchange = _mm512_set_epi64(7, 3, 6, 2, 5, 1, 4, 0);
    const __m512i first = _mm512_broadcast_i32x4(_mm_set_epi8(5, -1, -1, -1, 4, -1, -1, -1, 1, -1, -1, -1, 0, -1, -1, -1));
    codes = _mm512_permutexvar_epi64(exchange, codes);
    for (int pair = 0; pair < 2; pair++) {
        /* 2 and 8 further along: the zeroing bytes, -1, stay negative. */
        __m512i order_low = _mm512_or_si512(first, _mm512_set1_epi8((char) (2 * pair)));
        __m512i order_high = _mm512_or_si512(order_low, _mm512_set1_epi8(8));
        __m512 low = _mm512_cvtepi32_ps(_mm512_shuffle_epi8(codes, order_low));
        __m512 high = _mm512_cvtepi32_ps(_mm512_shuffle_epi8(codes, order_high));
        low = _mm512_fmadd_ps(low, w.scale_low, w.minimum_low);
        high = _mm512_fmadd_ps(high, w.scale_high, w.minimum_high);
        _mm512_store_si512(lines + pair * DENDRA_LINE_BYTES, (__m512i) _mm512_cvtne2ps_pbh(high, low));
    }
}

/* Asks for a line of the panels after these two, `ahead` bytes further: by then it is in the second-level cache. */
ALWAYS_INLINE void ask_ahead(const uint8_t *line, ptrdiff_t ahead) { _mm_prefetch((const char *) line + ahead, _MM_HINT_T1); }

static void expand_f32(const uint8_t *panel, int from, int to, ptrdiff_t ahead, uint8_t *lines) {
    /* Words of the rounded even and odd input, interleaved. */
    const __m512i pairs = _mm512_add_epi32(_mm512_set1_epi32(16 << 16),
                                           _mm512_mullo_epi32(_mm512_set1_epi32(0x10001),
                                                              _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)));
    for (int k = from; k < to; k += 2, lines += DENDRA_LINE_BYTES) {
        const uint8_t *line = panel + (ptrdiff_t) k * DENDRA_LINE_BYTES;
        ask_ahead(line, ahead);
        ask_ahead(line + DENDRA_LINE_BYTES, ahead);
        __m512i rounded = (__m512i) _mm512_cvtne2ps_pbh(_mm512_load_ps(line + DENDRA_LINE_BYTES), _mm512_load_ps(line));
        _mm512_store_si512(lines, _mm512_permutexvar_epi16(pairs, rounded));
    }
}

/* The bare codes; their scale multiplies the finished sums. */
static void expand_i8(const uint8_t *panel, int from, int to, ptrdiff_t ahead, uint8_t *lines) {
    const affine bare = affine_of(_mm512_set1_ps(1), _mm512_setzero_ps());
    const uint8_t *codes = panel + DENDRA_LINE_BYTES;
    for (int k = from; k < to; k += 4, lines += 2 * DENDRA_LINE_BYTES) {
        const uint8_t *line = codes + (ptrdiff_t) k / 4 * DENDRA_LINE_BYTES;
        ask_ahead(line, ahead);
        expand_quads(_mm512_load_si512(line), bare, lines);
    }
}

static void expand_i8g32(const uint8_t *panel, int from, int to, ptrdiff_t ahead, uint8_t *lines) {
    for (int k = from; k < to; k += 64) {
        int first = k / DENDRA_GROUP;
        const uint8_t *both = group_scales(DENDRA_I8G32, panel, first);
        ask_ahead(both, ahead);
        halves scales = line_halves(both);
        for (int group = 0; group < 2; group++) {
            const uint8_t *codes = group_codes(DENDRA_I8G32, panel, first + group);
            affine w = affine_of(group == 0 ? scales.low : scales.high, _mm512_setzero_ps());
            for (int line = 0; line < 8; line++, lines += 2 * DENDRA_LINE_BYTES) {
                ask_ahead(codes + line * DENDRA_LINE_BYTES, ahead);
                expand_quads(_mm512_load_si512(codes + line * DENDRA_LINE_BYTES), w, lines);
            }
        }
    }
}

static void expand_u4g32(const uint8_t *panel, int from, int to, ptrdiff_t ahead, uint8_t *lines) {
    for (int group = from / DENDRA_GROUP; group < to / DENDRA_GROUP; group++) {
        const uint8_t *codes = group_codes(DENDRA_U4G32, panel, group);
        const uint8_t *both = group_scales(DENDRA_U4G32, panel, group);
        ask_ahead(both, ahead);
        halves scales = line_halves(both);
        affine w = affine_of(scales.low, scales.high);
        for (int line = 0; line < 4; line++, lines += 4 * DENDRA_LINE_BYTES) {
            ask_ahead(codes + line * DENDRA_LINE_BYTES, ahead);
            __m512i pair = _mm512_load_si512(codes + line * DENDRA_LINE_BYTES);
            expand_quads(low_nibbles(pair), w, lines);
            expand_quads(high_nibbles(pair), w, lines + 2 * DENDRA_LINE_BYTES);
        }
    }
}

/* The bfloat16 lines of inputs `from` to `to`: those of the panel itself where it has them, else made at `lines`. */
static const uint8_t *expand(int encoding, const uint8_t *panel, int from, int to, ptrdiff_t ahead, uint8_t *lines) {
    switch (encoding) {
    case DENDRA_F32:
        expand_f32(panel, from, to, ahead, lines);
        return lines;
    case DENDRA_BF16:
        return panel + (ptrdiff_t) from * INPUT_BYTES;
    case DENDRA_I8:
        expand_i8(panel, from, to, ahead, lines);
        return lines;
    case DENDRA_I8G32:
        expand_i8g32(panel, from, to, ahead, lines);
        return lines;
    default:
        expand_u4g32(panel, from, to, ahead, lines);
        return lines;
    }
}

/* The slice of a job that the kernels below work on: some of its rows and inputs. */
typedef struct block {
    const dendra_matmul_bf16_job *job;
    int row_from, row_to;
    int k_from, k_to;
} block;

/* Up to 32 packed rows times one or two panels, over the inputs of a block, added to y or, the first time, put there. */
ALWAYS_INLINE void multiply(const uint8_t *rows, int a_tiles, const uint8_t *const panels[2], int b_tiles, int steps,
                            float *y, size_t y_stride, bool first) {
    const size_t right = DENDRA_PANEL_ROWS * sizeof(float);
    if (first) {
        zero_sums(a_tiles, b_tiles);
    } else {
        load_sums(y, y_stride, right, a_tiles, b_tiles);
    }
    for (int i = 0; i < steps; i++) {
        const ptrdiff_t at = (ptrdiff_t) i * TILE_BYTES;
        prefetch_outputs(y, y_stride, i, a_tiles * TILE_ROWS);
        multiply_step(true, rows + (ptrdiff_t) i * PACKED_STEP, DENDRA_LINE_BYTES, a_tiles, panels[0] + at,
                      panels[b_tiles - 1] + at, b_tiles);
    }
    store_sums(y, y_stride, right, a_tiles, b_tiles);
}

/* All packed rows times the expanded lines. Rows beyond the last full block need tiles of another shape. */
ALWAYS_INLINE void sweep(const block *block, int64_t panel, const uint8_t *packed, const uint8_t *const lines[2],
                         int b_tiles) {
    const dendra_floats *y = &block->job->y;
    size_t y_stride = (size_t) y->stride * sizeof(float);
    int steps = (block->k_to - block->k_from) / TILE_INPUTS;
    int rows = block->row_to - block->row_from;
    float *outputs = y->data + (ptrdiff_t) block->row_from * y->stride + panel * DENDRA_PANEL_ROWS;
    for (; rows >= BLOCK_ROWS; rows -= BLOCK_ROWS) {
        multiply(packed, 2, lines, b_tiles, steps, outputs, y_stride, block->k_from == 0);
        packed += (ptrdiff_t) steps * PACKED_STEP;
        outputs += (ptrdiff_t) BLOCK_ROWS * y->stride;
    }
    if (rows == 0) {
        return;
    }
    const bool mixed = block->job->rows > BLOCK_ROWS;
    if (mixed) {
        configure_tiles(rows, DENDRA_LINE_BYTES);
    }
    if (rows > TILE_ROWS) {
        multiply(packed, 2, lines, b_tiles, steps, outputs, y_stride, block->k_from == 0);
    } else {
        multiply(packed, 1, lines, b_tiles, steps, outputs, y_stride, block->k_from == 0);
    }
    if (mixed) {
        configure_tiles(BLOCK_ROWS, DENDRA_LINE_BYTES);
    }
}

/* Multiplies finished sums with the scale of their output, for i8. */
static void scale_outputs(const block *block, int64_t panel) {
    __m512 scale = _mm512_load_ps(dendra_panel(&block->job->w, panel));
    const dendra_floats *y = &block->job->y;
    for (ptrdiff_t m = block->row_from; m < block->row_to; m++) {
        float *outputs = y->data + m * y->stride + panel * DENDRA_PANEL_ROWS;
        _mm512_store_ps(outputs, _mm512_mul_ps(_mm512_load_ps(outputs), scale));
    }
}

static void multiply_block(const block *block) {
    const dendra_matmul_bf16_job *job = block->job;
    uint8_t *expanded = job->scratch.data;
    uint8_t *packed = expanded + EXPANDED_BYTES;
    pack_rows((const uint8_t *) (job->x.data + (ptrdiff_t) block->row_from * job->x.stride + block->k_from),
              (size_t) job->x.stride * sizeof(uint16_t), block->row_to - block->row_from,
              (block->k_to - block->k_from) / TILE_INPUTS, packed);
    const ptrdiff_t two_panels = dendra_panel(&job->w, 2) - dendra_panel(&job->w, 0);
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel += 2) {
        int b_tiles = job->panel_to - panel > 1 ? 2 : 1;
        const uint8_t *lines[2];
        for (int b = 0; b < b_tiles; b++) {
            lines[b] = expand(job->w.encoding, dendra_panel(&job->w, panel + b), block->k_from, block->k_to, two_panels,
                              expanded + (ptrdiff_t) b * K_BLOCK * INPUT_BYTES);
        }
        finish_stores();
        if (b_tiles == 2) {
            sweep(block, panel, packed, lines, 2);
        } else {
            sweep(block, panel, packed, lines, 1);
        }
    }
}

void dendra_matmul_bf16__amx(const dendra_matmul_bf16_job *job) {
    if (job->rows < job->tile_rows_from) {
        dendra_matmul_bf16__avx512bf16(job);
        return;
    }
    int columns = (int) dendra_padded_columns(job->w.columns);
    int k_block = even_block(columns, K_BLOCK);
    configure_tiles(job->rows < BLOCK_ROWS ? job->rows : BLOCK_ROWS, DENDRA_LINE_BYTES);
    for (int m = 0; m < job->rows; m += M_BLOCK) {
        block block = {.job = job, .row_from = m, .row_to = job->rows - m < M_BLOCK ? job->rows : m + M_BLOCK};
        for (int k = 0; k < columns; k += k_block) {
            block.k_from = k;
            block.k_to = columns - k < k_block ? columns : k + k_block;
            multiply_block(&block);
        }
        for (int64_t panel = job->panel_from; job->w.encoding == DENDRA_I8 && panel < job->panel_to; panel++) {
            scale_outputs(&block, panel);
        }
    }
    _tile_release();
}
