/* SPDX-License-Identifier: Apache-2.0 */
/* Random sparse weights, packed as dev.dendra.sparse.SparseLayout says, apart from the code that reads them. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

const char *check_pattern_name(int32_t pattern) {
    static const char *const NAMES[DENDRA_PATTERN_COUNT] = {"dense", "1x1", "1x4", "16x4", "16x64"};
    return NAMES[pattern];
}

enum { QUAD = 4, LINE_CODES = 64 };

/* Where a code of a dense matrix lies; `shift` is that of a nibble. */
typedef struct place {
    uint8_t *bytes;
    int shift;
} place;

static int64_t padded(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/* The start of the block of input k, and bytes of its scales. */
static uint8_t *block_of(const dendra_weights *dense, int64_t panel, int64_t k) {
    uint8_t *start = (uint8_t *) dense->data + panel * dendra_panel_bytes(dense);
    switch (dense->encoding) {
    case DENDRA_I8G32:
        return start + k / 64 * (64 + 1024);
    case DENDRA_U4G32:
        return start + k / 32 * (64 + 256);
    default:
        return start;
    }
}

/* The `element`th code of a quad-line, in the order of the dense line. */
static place place_of(const dendra_weights *dense, int64_t panel, int64_t quad, int64_t element) {
    uint8_t *block = block_of(dense, panel, quad * QUAD);
    switch (dense->encoding) {
    case DENDRA_BF16:
        return (place) {block + quad * 128 + element * 2, 0};
    case DENDRA_I8:
        return (place) {block + 64 + quad * 64 + element, 0};
    case DENDRA_I8G32:
        return (place) {block + 64 + quad % 16 * 64 + element, 0};
    default:
        return (place) {block + 64 + quad % 8 / 2 * 64 + element, (int) (quad % 2) * 4};
    }
}

static int64_t output_of(int32_t encoding, int64_t element) {
    return encoding == DENDRA_BF16 ? element % 32 / 2 : element / 4;
}
static int64_t input_of(int32_t encoding, int64_t element) {
    return encoding == DENDRA_BF16 ? element / 32 * 2 + element % 2 : element % 4;
}

/* Which blocks live, panel by panel. */
typedef struct live_blocks {
    uint8_t *live;
    int64_t columns; /* blocks of a row of blocks */
    int64_t block_rows;
    int64_t block_columns;
} live_blocks;

static live_blocks random_blocks(check *c, const dendra_weights *w, int32_t pattern, double density, bool equal) {
    live_blocks b = {.block_rows = pattern == DENDRA_LINES || pattern == DENDRA_TILES ? 16 : 1,
                     .block_columns = pattern == DENDRA_UNSTRUCTURED ? 1 : pattern == DENDRA_TILES ? 64 : 4};
    b.columns = (w->columns + b.block_columns - 1) / b.block_columns;
    const int64_t rows = (w->rows + b.block_rows - 1) / b.block_rows;
    b.live = calloc((size_t) (rows * b.columns), 1);
    for (int64_t row = 0; row < rows; row++) {
        double share = equal || check_random(c) % 4 != 0 ? density : (double) (check_random(c) % 101) / 100;
        int64_t wanted = (int64_t) (share * (double) b.columns + 0.5);
        for (int64_t i = 0; i < b.columns; i++) { /* each with the chance that leaves as many as wanted */
            bool lives = check_random_between(c, 1, b.columns - i) <= wanted;
            b.live[row * b.columns + i] = lives;
            wanted -= lives;
        }
    }
    return b;
}

static bool block_lives(const live_blocks *b, int64_t n, int64_t k) {
    return b->live[n / b->block_rows * b->columns + k / b->block_columns];
}

/* Whether a code is stored: it may lie outside of the matrix in a block of 16 outputs or 4 inputs and more. */
static bool is_stored(const live_blocks *b, const dendra_weights *w, int64_t n, int64_t k) {
    int64_t first_output = n / b->block_rows * b->block_rows;
    int64_t first_input = k / b->block_columns * b->block_columns;
    return first_output < w->rows && first_input < w->columns && block_lives(b, first_output, first_input);
}

/* Makes the weights of dead blocks, and what lies outside of the matrix, zero. */
static void kill_codes(const dendra_weights *dense, const live_blocks *b) {
    for (int64_t panel = 0; panel < dendra_panels(dense); panel++) {
        for (int64_t quad = 0; quad < padded(dense->columns, 64) / QUAD; quad++) {
            for (int64_t e = 0; e < LINE_CODES; e++) {
                int64_t n = panel * 16 + output_of(dense->encoding, e);
                int64_t k = quad * QUAD + input_of(dense->encoding, e);
                if (n < dense->rows && k < dense->columns && is_stored(b, dense, n, k)) {
                    continue;
                }
                place p = place_of(dense, panel, quad, e);
                if (dense->encoding == DENDRA_BF16) {
                    memset(p.bytes, 0, 2);
                } else if (dense->encoding == DENDRA_U4G32) {
                    *p.bytes = (uint8_t) ((*p.bytes & ~(0xf << p.shift)) | 8 << p.shift);
                } else {
                    *p.bytes = 0;
                }
            }
        }
    }
}

/* Makes minima -8 times the scales, which half precision holds: scales are zero, or powers of two and some. */
static void center(const dendra_weights *dense) {
    for (int64_t panel = 0; panel < dendra_panels(dense); panel++) {
        for (int64_t k = 0; k < padded(dense->columns, 64); k += 32) {
            uint8_t *scales = block_of(dense, panel, k);
            for (int n = 0; n < 16; n++) {
                uint16_t half;
                memcpy(&half, scales + n * 4, 2);
                if ((half >> 10 & 0x1f) == 0 || (half >> 10 & 0x1f) > 27) {
                    half = (uint16_t) (half & 0x8000); /* subnormal or too large for 8 of them */
                    memcpy(scales + n * 4, &half, 2);
                }
                uint16_t minimum = half & 0x7fff ? (uint16_t) ((half ^ 0x8000) + (3 << 10)) : half;
                memcpy(scales + n * 4 + 2, &minimum, 2);
            }
        }
    }
}

/* Bytes that grow. */
typedef struct writer {
    uint8_t *data;
    size_t used;
    size_t room;
} writer;

static void put(writer *w, const void *bytes, size_t count) {
    if (w->used + count > w->room) {
        w->room = 2 * (w->used + count) + 4096;
        w->data = realloc(w->data, w->room);
    }
    memcpy(w->data + w->used, bytes, count);
    w->used += count;
}

static void align(writer *w) {
    static const uint8_t ZEROS[64];
    put(w, ZEROS, (64 - w->used % 64) % 64);
}

static uint64_t stored_elements(const dendra_weights *dense, const live_blocks *b, int64_t panel, int64_t quad) {
    uint64_t elements = 0;
    for (int64_t e = 0; e < LINE_CODES; e++) {
        int64_t n = panel * 16 + output_of(dense->encoding, e);
        int64_t k = quad * QUAD + input_of(dense->encoding, e);
        bool inside = b->block_columns != 1 || (n < dense->rows && k < dense->columns);
        elements |= (uint64_t) (inside && is_stored(b, dense, n, k)) << e;
    }
    return elements;
}

static void put_masks(writer *out, const dendra_weights *dense, const live_blocks *b, int32_t pattern, int64_t panel) {
    const int64_t quads = padded(dense->columns, 64) / QUAD;
    uint8_t bits = 0;
    for (int64_t quad = 0; quad < quads; quad++) {
        uint64_t elements = stored_elements(dense, b, panel, quad);
        if (pattern == DENDRA_UNSTRUCTURED) {
            put(out, &elements, 8);
        } else if (pattern == DENDRA_QUADS) {
            uint16_t mask = 0;
            for (int64_t e = 0; e < LINE_CODES; e++) {
                mask = (uint16_t) (mask | (elements >> e & 1) << output_of(dense->encoding, e));
            }
            put(out, &mask, 2);
        } else {
            int64_t bit = pattern == DENDRA_LINES ? quad : quad / 16;
            bits = (uint8_t) (bits | (elements != 0) << bit % 8);
            bool last = quad == quads - 1;
            if (last || (pattern == DENDRA_LINES ? quad % 8 == 7 : quad % 128 == 127)) {
                put(out, &bits, 1);
                bits = 0;
            }
        }
    }
    align(out);
}

static void put_codes(writer *out, const dendra_weights *dense, int64_t panel, int64_t quad, uint64_t elements) {
    int count = 0;
    uint8_t pending = 0;
    for (int64_t e = 0; e < LINE_CODES; e++) {
        if (!(elements >> e & 1)) {
            continue;
        }
        place p = place_of(dense, panel, quad, e);
        if (dense->encoding != DENDRA_U4G32) {
            put(out, p.bytes, dense->encoding == DENDRA_BF16 ? 2 : 1);
            continue;
        }
        uint8_t nibble = (uint8_t) ((*p.bytes >> p.shift & 0xf) ^ 8);
        if (count++ % 2 == 0) {
            pending = nibble;
        } else {
            pending = (uint8_t) (pending | nibble << 4);
            put(out, &pending, 1);
        }
    }
    if (count % 2 == 1) {
        put(out, &pending, 1);
    }
}

static void put_panel(writer *out, const dendra_weights *dense, const live_blocks *b, int32_t pattern, int64_t panel) {
    const int64_t quads = padded(dense->columns, 64) / QUAD;
    const bool grouped = dense->encoding == DENDRA_I8G32 || dense->encoding == DENDRA_U4G32;
    const int64_t block_quads = dense->encoding == DENDRA_I8G32 ? 16 : dense->encoding == DENDRA_U4G32 ? 8 : quads;
    const bool whole = pattern == DENDRA_LINES || pattern == DENDRA_TILES;
    int64_t stored_quads = 0;
    put_masks(out, dense, b, pattern, panel);
    for (int64_t first = 0; first < quads; first += block_quads) {
        uint8_t *block = block_of(dense, panel, first * QUAD);
        uint64_t any = 0;
        for (int64_t quad = first; quad < first + block_quads; quad++) {
            any |= stored_elements(dense, b, panel, quad);
        }
        if (any == 0 && whole && grouped) {
            memset(block, 0, 64); /* scales of what is not stored */
            continue;
        }
        if (dense->encoding != DENDRA_BF16) {
            put(out, block, 64);
        }
        if (pattern == DENDRA_TILES && grouped) {
            put(out, block + 64, (size_t) block_quads * (dense->encoding == DENDRA_I8G32 ? 64 : 32));
            continue;
        }
        for (int64_t quad = first; quad < first + block_quads; quad++) {
            uint64_t elements = stored_elements(dense, b, panel, quad);
            put_codes(out, dense, panel, quad, elements);
            stored_quads += elements != 0;
        }
    }
    if (pattern == DENDRA_LINES && !grouped) {
        static const uint8_t ZEROS[128];
        for (; stored_quads % 16 != 0; stored_quads++) {
            put(out, ZEROS, dense->encoding == DENDRA_BF16 ? 128 : 64);
        }
    }
    align(out);
}

check_sparse check_pack_sparse(check *c, int32_t encoding, int32_t pattern, double density, bool equal, int32_t rows,
                               int32_t columns, enum check_style style) {
    check_sparse s = {.dense = check_pack(c, encoding, rows, columns, style)};
    const dendra_weights *dense = &s.dense.w;
    if (encoding == DENDRA_U4G32) {
        center(dense);
        for (int64_t n = 0; n < dendra_panels(dense) * 16; n++) {
            s.dense.largest[n] *= 2; /* minima are larger now */
        }
    }
    live_blocks b = random_blocks(c, dense, pattern, density, equal);
    kill_codes(dense, &b);
    const int64_t panels = dendra_panels(dense);
    writer out = {0};
    for (int64_t i = 0; i <= panels; i++) {
        put(&out, &(uint64_t) {0}, 8);
    }
    align(&out);
    for (int64_t panel = 0; panel < panels; panel++) {
        uint64_t offset = out.used;
        memcpy(out.data + panel * 8, &offset, 8);
        put_panel(&out, dense, &b, pattern, panel);
    }
    uint64_t end = out.used;
    memcpy(out.data + panels * 8, &end, 8);
    static const uint8_t TAIL[64];
    put(&out, TAIL, 64);
    s.memory = check_allocate(out.used);
    memcpy(s.memory.data, out.data, out.used);
    s.w = *dense;
    s.w.data = s.memory.data;
    s.w.pattern = pattern;
    free(out.data);
    free(b.live);
    return s;
}

void check_release_sparse(check *c, check_sparse *s) {
    check_release(c, &s->memory, "sparse weights");
    check_release_packed(c, &s->dense);
}
