/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products with sparse matrices of i8 and bf16 whose panels are expanded, 1x1 and 1x4, on AMX: while the tiles multiply two
 * panels, the vector units expand the next two into another buffer, a tile of them with each step, so that neither waits
 * for the other. Results are those of the dense kernels bit for bit: sums of i8 are exact, and those of bf16 are added up in
 * the same order, whatever the blocks.
 */
#include "amx_dots.h"
#include "matmul.h"
#include "sparse.h"

enum {
    M_BLOCK = 512,
    K_BLOCK = 576, /* at most, for bf16: two panels of them stay in a first-level cache; sums of i8 take in all of K */
    /* So many rows, of all planes, take longer to multiply than the panels to expand. */
    LEAST_ROWS = 64,
    MOST_PANELS = 2048,
    /* Of each of two panels with a step: one tile of both together. */
    LINES_AHEAD = TILE_ROWS / 2,
};

/* What a worker's scratch holds; the buffers lie in the image behind it. */
typedef struct expanding_scratch {
    block_dots dots[2];
    const uint8_t *codes[MOST_PANELS]; /* of each panel's inputs that are expanded next */
    uint8_t packed[DENDRA_SCRATCH_BYTES - 2 * sizeof(block_dots) - MOST_PANELS * sizeof(uint8_t *)];
} expanding_scratch;

_Static_assert(sizeof(expanding_scratch) <= DENDRA_SCRATCH_BYTES, "scratch holds the rows");
_Static_assert((int64_t) DENDRA_MAX_SPARSE_COLUMNS * DENDRA_PANEL_ROWS * 4 <= DENDRA_IMAGE_BYTES, "four panels of i8");

/* A job of either kind. */
typedef struct product {
    dendra_expand_quads *expand_quads;
    const dendra_weights *w;
    const uint8_t *planes[2]; /* of activations */
    int plane_count;
    int input_bytes;
    size_t stride;           /* of activations, in bytes */
    const float *row_scales; /* of i8 */
    const dendra_floats *y;
    int rows, columns;
    int64_t panel_from, panel_to;
    int row_block, k_block; /* of a piece, at most */
    int tile_rows;          /* that the tiles are shaped for */
    expanding_scratch *scratch;
} product;

/* What is multiplied while the next piece's panels are expanded: one or two panels and some of the rows and inputs. */
typedef struct piece {
    int row_from, row_to;
    int k_from, k_to;
    int64_t panel;
    int panels;
    uint8_t *lines[2]; /* of the panels, in one of the buffers */
} piece;

static size_t panel_bytes(const product *p) { return (size_t) p->k_block * DENDRA_PANEL_ROWS * (size_t) p->input_bytes; }

static piece piece_at(const product *p, int row, int k, int64_t panel, int buffer) {
    uint8_t *lines = (uint8_t *) p->scratch + DENDRA_SCRATCH_BYTES + 2 * buffer * panel_bytes(p);
    return (piece) {
        .row_from = row,
        .row_to = (int) smaller(p->rows, row + p->row_block),
        .k_from = k,
        .k_to = (int) smaller(p->columns, k + p->k_block),
        .panel = panel,
        .panels = (int) smaller(p->panel_to - panel, 2),
        .lines = {lines, lines + panel_bytes(p)},
    };
}

/* All panels before the next inputs, and these before the next rows, as each packs the rows anew. */
static piece piece_after(const product *p, const piece *last, int buffer) {
    if (last->panel + last->panels < p->panel_to) {
        return piece_at(p, last->row_from, last->k_from, last->panel + last->panels, buffer);
    }
    const bool next_rows = last->k_to == p->columns;
    return piece_at(p, next_rows ? last->row_to : last->row_from, next_rows ? 0 : last->k_to, p->panel_from, buffer);
}

/* How far the panels of a piece are expanded. */
typedef struct expansion {
    const product *p;
    const uint8_t *masks[2];
    const uint8_t **codes;
    uint8_t *lines[2];
    int panels;
    int64_t quad, quad_to;
    int64_t quads; /* at a time */
} expansion;

static expansion start(const product *p, const piece *piece) {
    expansion e = {
        .p = p,
        .codes = p->scratch->codes + (piece->panel - p->panel_from),
        .panels = piece->panels,
        .quad = piece->k_from / 4,
        .quad_to = piece->k_to / 4,
        .quads = LINES_AHEAD / p->input_bytes,
    };
    for (int b = 0; b < piece->panels; b++) {
        e.masks[b] = dendra_masks(p->w, piece->panel + b);
        e.lines[b] = piece->lines[b];
        if (piece->k_from == 0) {
            const int64_t scales = dendra_has_scales(p->w->encoding) ? DENDRA_LINE_BYTES : 0;
            e.codes[b] = dendra_live_blocks(p->w, piece->panel + b) + scales;
        }
    }
    return e;
}

/* Nothing once all of the piece is expanded. */
static void expand_some(expansion *e) {
    if (e->quad == e->quad_to) {
        return;
    }
    for (int b = 0; b < e->panels; b++) {
        e->codes[b] = e->p->expand_quads(e->p->w, e->masks[b], e->quad, e->quads, e->codes[b], e->lines[b]);
        e->lines[b] += LINES_AHEAD * DENDRA_LINE_BYTES;
    }
    e->quad += e->quads;
}

static void finish(expansion *e) {
    while (e->quad < e->quad_to) {
        expand_some(e);
    }
    finish_stores();
}

/* Where sums are, as store_sums has it. */
typedef struct sums {
    void *data;
    size_t stride, right;
} sums;

/* Up to 32 packed rows of a plane times the panels of a piece, added to the sums or, the first time, put there. */
ALWAYS_INLINE void multiply(const bool floats, const uint8_t *rows, const int a_tiles, const piece *piece, const int b_tiles,
                            int steps, bool first, const sums *to, expansion *next) {
    if (first) {
        zero_sums(a_tiles, b_tiles);
    } else {
        load_sums(to->data, to->stride, to->right, a_tiles, b_tiles);
    }
    for (int i = 0; i < steps; i++) {
        const ptrdiff_t at = (ptrdiff_t) i * TILE_BYTES;
        if (floats) {
            prefetch_outputs(to->data, to->stride, i, a_tiles * TILE_ROWS);
        }
        multiply_step(floats, rows + (ptrdiff_t) i * PACKED_STEP, DENDRA_LINE_BYTES, a_tiles, piece->lines[0] + at,
                      piece->lines[1] + at, b_tiles);
        expand_some(next);
    }
    store_sums(to->data, to->stride, to->right, a_tiles, b_tiles);
}

/* With the shapes as constants. */
ALWAYS_INLINE void multiply_rows(const bool floats, const uint8_t *packed, int rows, const piece *piece, int steps,
                                 bool first, const sums *to, expansion *next) {
    if (rows > TILE_ROWS && piece->panels == 2) {
        multiply(floats, packed, 2, piece, 2, steps, first, to, next);
    } else if (rows > TILE_ROWS) {
        multiply(floats, packed, 2, piece, 1, steps, first, to, next);
    } else if (piece->panels == 2) {
        multiply(floats, packed, 1, piece, 2, steps, first, to, next);
    } else {
        multiply(floats, packed, 1, piece, 1, steps, first, to, next);
    }
}

static int piece_steps(const product *p, const piece *piece) {
    return (piece->k_to - piece->k_from) * p->input_bytes / DENDRA_LINE_BYTES;
}

static uint8_t *packed_plane(const product *p, const piece *piece, int plane) {
    return p->scratch->packed + (size_t) plane * (size_t) p->row_block * (size_t) piece_steps(p, piece) * DENDRA_LINE_BYTES;
}

static void pack_piece(const product *p, const piece *piece) {
    const ptrdiff_t first = (ptrdiff_t) piece->row_from * (ptrdiff_t) p->stride + (ptrdiff_t) piece->k_from * p->input_bytes;
    for (int plane = 0; plane < p->plane_count; plane++) {
        pack_rows(p->planes[plane] + first, p->stride, piece->row_to - piece->row_from, piece_steps(p, piece),
                  packed_plane(p, piece, plane));
    }
}

/* The block of rows from `m` on. */
static void multiply_block(product *p, const piece *piece, int m, expansion *next) {
    const int rows = (int) smaller(piece->row_to - m, BLOCK_ROWS);
    const int steps = piece_steps(p, piece);
    const ptrdiff_t packed = (ptrdiff_t) (m - piece->row_from) * steps * DENDRA_LINE_BYTES;
    float *y = p->y->data + (ptrdiff_t) m * p->y->stride + piece->panel * DENDRA_PANEL_ROWS;
    if (rows != p->tile_rows) {
        configure_tiles(rows, DENDRA_LINE_BYTES);
        p->tile_rows = rows;
    }
    if (p->w->encoding == DENDRA_BF16) {
        const sums to = {y, (size_t) p->y->stride * sizeof(float), DENDRA_PANEL_ROWS * sizeof(float)};
        multiply_rows(true, packed_plane(p, piece, 0) + packed, rows, piece, steps, piece->k_from == 0, &to, next);
        return;
    }
    block_dots *dots = p->scratch->dots;
    for (int plane = 0; plane < p->plane_count; plane++) {
        const sums to = {dots[plane], DENDRA_LINE_BYTES, sizeof dots[plane][0]};
        multiply_rows(false, packed_plane(p, piece, plane) + packed, rows, piece, steps, true, &to, next);
    }
    for (int b = 0; b < piece->panels; b++) {
        scale_sums((const block_dots *) dots, p->plane_count, b, rows, dendra_live_blocks(p->w, piece->panel + b),
                   p->row_scales + m, y + b * DENDRA_PANEL_ROWS, p->y->stride);
    }
}

static void multiply_panels(product *p) {
    piece now = piece_at(p, 0, 0, p->panel_from, 0);
    expansion next = start(p, &now);
    for (int buffer = 1; now.row_from < p->rows; buffer ^= 1) {
        finish(&next);
        const piece after = piece_after(p, &now, buffer);
        if (after.row_from < p->rows) {
            next = start(p, &after);
        }
        if (now.panel == p->panel_from) {
            pack_piece(p, &now);
        }
        for (int m = now.row_from; m < now.row_to; m += BLOCK_ROWS) {
            multiply_block(p, &now, m, &next);
        }
        now = after;
    }
}

/* False if so few rows fit that expanding for each of their blocks would take longest. */
static bool multiply_product(product *p, int64_t panel_from, int64_t panel_to) {
    const int64_t row_bytes = (int64_t) p->k_block * p->input_bytes * p->plane_count;
    const int64_t room = smaller((int64_t) sizeof p->scratch->packed / row_bytes / BLOCK_ROWS * BLOCK_ROWS, M_BLOCK);
    if (room < smaller(p->rows, LEAST_ROWS / p->plane_count)) {
        return false;
    }
    p->row_block = (int) dendra_padded(block_size(p->rows, room, 0), BLOCK_ROWS);
    for (p->panel_from = panel_from; p->panel_from < panel_to; p->panel_from = p->panel_to) {
        p->panel_to = smaller(p->panel_from + MOST_PANELS, panel_to);
        multiply_panels(p);
    }
    _tile_release();
    return true;
}

static bool is_expanded(const dendra_weights *w, int32_t encoding) {
    return w->encoding == encoding && (w->pattern == DENDRA_UNSTRUCTURED || w->pattern == DENDRA_QUADS);
}

bool dendra_matmul_expanding_codes__amx(const dendra_matmul_codes_job *job, dendra_expand_quads *expand_quads) {
    if (!is_expanded(&job->w, DENDRA_I8)) {
        return false;
    }
    const int columns = (int) dendra_padded_columns(job->w.columns);
    product p = {
        .expand_quads = expand_quads,
        .w = &job->w,
        .planes = {(const uint8_t *) job->x.codes, (const uint8_t *) job->x.low_codes},
        .plane_count = job->x.low_codes == NULL ? 1 : 2,
        .input_bytes = 1,
        .stride = (size_t) job->x.stride,
        .row_scales = job->x.scales,
        .y = &job->y,
        .rows = job->rows,
        .columns = columns,
        .k_block = columns,
        .scratch = job->scratch.data,
    };
    return multiply_product(&p, job->panel_from, job->panel_to);
}

bool dendra_matmul_expanding_bf16__amx(const dendra_matmul_bf16_job *job, dendra_expand_quads *expand_quads) {
    if (!is_expanded(&job->w, DENDRA_BF16)) {
        return false;
    }
    const int columns = (int) dendra_padded_columns(job->w.columns);
    product p = {
        .expand_quads = expand_quads,
        .w = &job->w,
        .planes = {(const uint8_t *) job->x.data},
        .plane_count = 1,
        .input_bytes = sizeof(uint16_t),
        .stride = (size_t) job->x.stride * sizeof(uint16_t),
        .y = &job->y,
        .rows = job->rows,
        .columns = columns,
        .k_block = even_block(columns, K_BLOCK),
        .scratch = job->scratch.data,
    };
    return multiply_product(&p, job->panel_from, job->panel_to);
}
