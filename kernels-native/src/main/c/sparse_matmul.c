/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products with sparse matrices by the kernels for dense ones, in one of two ways.
 *
 * Expanded: some panels are written to scratch as the dense ones that they stand for, as many as a second-level cache
 * holds, so that what a kernel does once for its rows serves all of them. Where AMX can do both at once, it does so itself.
 *
 * Compacted: where what a panel stores is a dense panel of fewer inputs, the activations of its live inputs are copied,
 * and the kernel works on the panel where it is. A float sum is then another one than the expanded panel's; which way a
 * matrix goes depends on its encoding and pattern alone, so that a row's result does not depend on its batch.
 */
#include "sparse.h"

#include "matmul.h"
#include "vectors/unroll.h"

enum {
    /* Of panels that are expanded at once, or of activations that are copied at once, where one does not take more. */
    WARM_BYTES = 1 << 19,
    MOST_PANELS = 16,
    TILE_COLUMNS = 64,
    /* Rows of activations that are copied at once, whatever they take. */
    LEAST_ROWS = 16,
    MOST_QUADS = DENDRA_MAX_SPARSE_COLUMNS / 4
};

/* What lies behind the scratch of the kernels. */
typedef struct sparse_scratch {
    union {
        uint8_t image[DENDRA_IMAGE_BYTES];
        uint8_t activations[DENDRA_IMAGE_BYTES];
    };
    _Alignas(DENDRA_ALIGNMENT) uint8_t dead_panel[DENDRA_LINE_BYTES + TILE_COLUMNS * DENDRA_PANEL_ROWS * 2];
    uint16_t live[MOST_QUADS];
} sparse_scratch;

_Static_assert(sizeof(sparse_scratch) <= DENDRA_WORKER_SCRATCH_BYTES - DENDRA_SCRATCH_BYTES, "scratch");
_Static_assert((int64_t) DENDRA_MAX_SPARSE_COLUMNS * DENDRA_PANEL_ROWS * 2 * 2 <= DENDRA_IMAGE_BYTES, "two panels of bf16");
_Static_assert((int64_t) DENDRA_MAX_SPARSE_COLUMNS * 4 * LEAST_ROWS <= DENDRA_IMAGE_BYTES, "rows of f32");

static sparse_scratch *scratch_of(const dendra_scratch *scratch) {
    return (sparse_scratch *) ((uint8_t *) scratch->data + DENDRA_SCRATCH_BYTES);
}

/* Whether the panels behind their masks are dense ones of fewer inputs. */
static bool is_compact(const dendra_weights *w) {
    return w->pattern == DENDRA_TILES || (w->pattern == DENDRA_LINES && !has_group_scales(w->encoding));
}

static dendra_floats outputs_from(const dendra_floats *y, int64_t row, int64_t panel) {
    dendra_floats part = *y;
    part.data += row * y->stride + panel * DENDRA_PANEL_ROWS;
    return part;
}

/* ---- Expanded ---- */

static int64_t image_panels(const dendra_weights *w) {
    const int64_t fit = WARM_BYTES / dendra_panel_bytes(w);
    return fit > MOST_PANELS ? MOST_PANELS : fit < 2 ? 2 : fit;
}

/* Expands the next panels of a slice; the dense matrix of these alone. */
static dendra_weights expand(const dendra_kernel_table *kernels, const dendra_weights *w, int64_t panel, int64_t count,
                             uint8_t *image) {
    const int64_t bytes = dendra_panel_bytes(w);
    for (int64_t p = 0; p < count; p++) {
        kernels->expand_panel(w, panel + p, image + p * bytes);
    }
    return (dendra_weights) {image, w->encoding, (int32_t) (count * DENDRA_PANEL_ROWS), w->columns, DENDRA_DENSE};
}

/* Runs a job of any of the three kinds in pieces of some panels. */
#define MULTIPLY_EXPANDED(kernels, job, operation)                                                                     \
    do {                                                                                                               \
        int64_t count;                                                                                                 \
        for (int64_t panel = (job)->panel_from; panel < (job)->panel_to; panel += count) {                             \
            dendra_##operation##_job part = *(job);                                                                    \
            count = block_size((job)->panel_to, image_panels(&(job)->w), panel);                                       \
            part.w = expand(kernels, &(job)->w, panel, count, scratch_of(&(job)->scratch)->image);                     \
            part.panel_from = 0;                                                                                       \
            part.panel_to = (int32_t) count;                                                                           \
            part.y = outputs_from(&(job)->y, 0, panel);                                                                \
            (kernels)->operation(&part);                                                                               \
        }                                                                                                              \
    } while (0)

/* ---- Compacted ---- */

/* A panel as a dense one of its live inputs. */
typedef struct live_panel {
    dendra_weights w;
    const uint16_t *live; /* numbers of the quads or tiles that live */
    int64_t count;
    int64_t columns; /* inputs with their padding */
} live_panel;

/* A panel without a live input is one of 64 inputs, any, with weights of zero. */
static void write_dead_panel(const dendra_weights *w, const uint8_t *blocks, uint8_t *target) {
    memset(target, 0, sizeof((sparse_scratch *) 0)->dead_panel);
    if (w->encoding == DENDRA_I8) {
        memcpy(target, blocks, DENDRA_LINE_BYTES); /* of one sign or the other, and so is the product */
    }
}

static live_panel live_panel_of(const dendra_weights *w, int64_t panel, sparse_scratch *scratch) {
    const uint8_t *blocks = dendra_live_blocks(w, panel);
    const int64_t quads = w->pattern == DENDRA_TILES ? TILE_QUADS : 1;
    live_panel p = {.live = scratch->live, .count = dendra_list_bits(dendra_masks(w, panel), dendra_quads(w) / quads, scratch->live)};
    if (p.count == 0) {
        write_dead_panel(w, blocks, scratch->dead_panel);
        blocks = scratch->dead_panel;
        scratch->live[p.count++] = 0;
    }
    const bool ends = scratch->live[p.count - 1] == dendra_quads(w) / quads - 1;
    p.columns = dendra_padded(p.count * quads * 4, TILE_COLUMNS);
    p.w = (dendra_weights) {blocks, w->encoding, DENDRA_PANEL_ROWS, (int32_t) p.columns, DENDRA_DENSE};
    if (has_group_scales(w->encoding) && ends && groups(w) % 2 == 1) {
        p.w.columns -= DENDRA_GROUP; /* the last tile's second group is padding */
    }
    return p;
}

/* Copies live quads of `bytes` bytes of one row, and pads them with zeros. */
ALWAYS_INLINE void copy_quads(const live_panel *p, const int bytes, const uint8_t *row, uint8_t *target) {
    for (int64_t i = 0; i < p->count; i++) {
        memcpy(target + i * bytes, row + (int64_t) p->live[i] * bytes, (size_t) bytes);
    }
    memset(target + p->count * bytes, 0, (size_t) ((p->columns / 4 - p->count) * bytes));
}

ALWAYS_INLINE void copy_tiles(const live_panel *p, const int bytes, const uint8_t *row, uint8_t *target) {
    for (int64_t i = 0; i < p->count; i++) {
        memcpy(target + i * bytes, row + (int64_t) p->live[i] * bytes, (size_t) bytes);
    }
}

/* Copies the live inputs of rows, whose elements take `bytes` bytes. */
ALWAYS_INLINE void copy_rows(const dendra_weights *w, const live_panel *p, const int bytes, const void *rows,
                             int64_t stride, int64_t count, void *target) {
    for (int64_t r = 0; r < count; r++) {
        const uint8_t *row = (const uint8_t *) rows + r * stride * bytes;
        uint8_t *to = (uint8_t *) target + r * p->columns * bytes;
        if (w->pattern == DENDRA_TILES) {
            copy_tiles(p, TILE_COLUMNS * bytes, row, to);
        } else {
            copy_quads(p, 4 * bytes, row, to);
        }
    }
}

/* Two numbers for each live tile: those of its groups. */
static void copy_group_numbers(const live_panel *p, const void *rows, int64_t stride, int64_t count, void *target) {
    for (int64_t r = 0; r < count; r++) {
        const uint8_t *row = (const uint8_t *) rows + r * stride * 4;
        copy_tiles(p, 8, row, (uint8_t *) target + r * (p->columns / DENDRA_GROUP) * 4);
    }
}

/* Rows that are copied at once, where one takes up to `bytes`. */
static int64_t chunk_rows(int64_t rows, int64_t from, int64_t bytes) {
    const int64_t fit = WARM_BYTES / bytes / 32 * 32;
    return block_size(rows, fit > LEAST_ROWS ? fit : LEAST_ROWS, from);
}

static void *take(uint8_t **free, int64_t bytes) {
    void *memory = *free;
    *free += dendra_padded(bytes, DENDRA_ALIGNMENT);
    return memory;
}

/* The live inputs of some rows. Sums over whole rows are left out: those that read them take sparse matrices themselves. */
static dendra_codes copy_codes(const dendra_codes *x, const dendra_weights *w, const live_panel *p, int64_t row,
                               int64_t rows, uint8_t *free) {
    const int64_t bytes = rows * p->columns;
    const int64_t first = row * x->stride;
    dendra_codes copy = {.rows = (int32_t) rows, .columns = p->w.columns, .stride = (int32_t) p->columns, .group = x->group};
    copy.codes = take(&free, bytes);
    copy_rows(w, p, 1, x->codes + first, x->stride, rows, copy.codes);
    if (x->low_codes != NULL) {
        copy.low_codes = take(&free, bytes);
        copy_rows(w, p, 1, x->low_codes + first, x->stride, rows, copy.low_codes);
    }
    if (x->group == 0) {
        copy.scales = x->scales + row;
        return copy;
    }
    const int64_t stride = x->stride / DENDRA_GROUP;
    const int64_t number_bytes = bytes / DENDRA_GROUP * 4;
    copy.scales = take(&free, number_bytes);
    copy_group_numbers(p, x->scales + row * stride, stride, rows, copy.scales);
    copy.sums = take(&free, number_bytes);
    copy_group_numbers(p, x->sums + row * stride, stride, rows, copy.sums);
    if (x->low_sums != NULL) {
        copy.low_sums = take(&free, number_bytes);
        copy_group_numbers(p, x->low_sums + row * stride, stride, rows, copy.low_sums);
    }
    return copy;
}

static void multiply_compacted_codes(const dendra_kernel_table *kernels, const dendra_matmul_codes_job *job) {
    sparse_scratch *scratch = scratch_of(&job->scratch);
    const int64_t row_bytes = job->x.stride * 3LL;
    int64_t rows;
    for (int64_t row = 0; row < job->rows; row += rows) {
        rows = chunk_rows(job->rows, row, row_bytes);
        for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
            const live_panel p = live_panel_of(&job->w, panel, scratch);
            dendra_matmul_codes_job part = {
                .isa = job->isa,
                .rows = (int32_t) rows,
                .panel_to = 1,
                .tile_rows_from = job->rows < job->tile_rows_from ? INT32_MAX : 1,
                .w = p.w,
                .x = copy_codes(&job->x, &job->w, &p, row, rows, scratch->activations),
                .y = outputs_from(&job->y, row, panel),
                .scratch = job->scratch,
            };
            kernels->matmul_codes(&part);
        }
    }
}

static void multiply_compacted_f32(const dendra_kernel_table *kernels, const dendra_matmul_f32_job *job) {
    sparse_scratch *scratch = scratch_of(&job->scratch);
    float *x = (float *) scratch->activations;
    const int64_t stride = job->x.stride;
    int64_t rows;
    for (int64_t row = 0; row < job->rows; row += rows) {
        rows = chunk_rows(job->rows, row, dendra_padded_columns(job->w.columns) * 4);
        for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
            const live_panel p = live_panel_of(&job->w, panel, scratch);
            copy_rows(&job->w, &p, 4, job->x.data + row * stride, stride, rows, x);
            dendra_matmul_f32_job part = {
                .isa = job->isa,
                .rows = (int32_t) rows,
                .panel_to = 1,
                .w = p.w,
                .x = {x, (int32_t) rows, p.w.columns, (int32_t) p.columns, 0},
                .y = outputs_from(&job->y, row, panel),
                .scratch = job->scratch,
            };
            kernels->matmul_f32(&part);
        }
    }
}

static void multiply_compacted_bf16(const dendra_kernel_table *kernels, const dendra_matmul_bf16_job *job) {
    sparse_scratch *scratch = scratch_of(&job->scratch);
    uint16_t *x = (uint16_t *) scratch->activations;
    int64_t rows;
    for (int64_t row = 0; row < job->rows; row += rows) {
        rows = chunk_rows(job->rows, row, job->x.stride * 2LL);
        for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
            const live_panel p = live_panel_of(&job->w, panel, scratch);
            copy_rows(&job->w, &p, 2, job->x.data + row * job->x.stride, job->x.stride, rows, x);
            dendra_matmul_bf16_job part = {
                .isa = job->isa,
                .rows = (int32_t) rows,
                .panel_to = 1,
                .tile_rows_from = job->rows < job->tile_rows_from ? INT32_MAX : 1,
                .w = p.w,
                .x = {x, (int32_t) rows, p.w.columns, (int32_t) p.columns, 0},
                .y = outputs_from(&job->y, row, panel),
                .scratch = job->scratch,
            };
            kernels->matmul_bf16(&part);
        }
    }
}

/* ---- The products; scalar ones are those with the expanded matrix. ---- */

void dendra_sparse_matmul_f32(const dendra_kernel_table *kernels, const dendra_matmul_f32_job *job) {
    if (job->isa != DENDRA_ISA_SCALAR && is_compact(&job->w)) {
        multiply_compacted_f32(kernels, job);
    } else {
        MULTIPLY_EXPANDED(kernels, job, matmul_f32);
    }
}

void dendra_sparse_matmul_codes(const dendra_kernel_table *kernels, const dendra_matmul_codes_job *job) {
    const bool tiles = job->isa == DENDRA_ISA_AMX && job->rows >= job->tile_rows_from;
    if (!tiles && kernels->matmul_sparse_codes != NULL && kernels->matmul_sparse_codes(job)) {
        return;
    }
    if (tiles && kernels->matmul_expanding_codes(job, kernels->expand_quads)) {
        return;
    }
    if (job->isa != DENDRA_ISA_SCALAR && is_compact(&job->w)) {
        multiply_compacted_codes(kernels, job);
    } else {
        MULTIPLY_EXPANDED(kernels, job, matmul_codes);
    }
}

void dendra_sparse_matmul_bf16(const dendra_kernel_table *kernels, const dendra_matmul_bf16_job *job) {
    const bool tiles = job->isa == DENDRA_ISA_AMX && job->rows >= job->tile_rows_from;
    if (!tiles && kernels->matmul_sparse_bf16 != NULL && kernels->matmul_sparse_bf16(job)) {
        return;
    }
    if (tiles && kernels->matmul_expanding_bf16(job, kernels->expand_quads)) {
        return;
    }
    if (job->isa != DENDRA_ISA_SCALAR && is_compact(&job->w)) {
        multiply_compacted_bf16(kernels, job);
    } else {
        MULTIPLY_EXPANDED(kernels, job, matmul_bf16);
    }
}
