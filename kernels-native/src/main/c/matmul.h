/* SPDX-License-Identifier: Apache-2.0 */
/* How the products with packed weights walk their operands. */
#ifndef DENDRA_INTERNAL_MATMUL_H
#define DENDRA_INTERNAL_MATMUL_H

#include "layout.h"

enum {
    /* Up to this many rows each weight is expanded in registers, above it once into scratch for all of them. */
    DIRECT_ROWS = 4,
    /* Rows that share an expanded block, few enough for their activations to stay in the second-level cache. */
    CHUNK_ROWS = 128,
    GROUP_QUADS = DENDRA_GROUP / 4,
    /* How far ahead of the reads weights are asked for that are read once, in bytes. */
    PREFETCH_BYTES = 8192
};

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/*
 * The size of the block that starts at `from` where `count` things go into as few blocks of at most `most` as possible,
 * whose sizes differ by one at most.
 */
static inline int64_t block_size(int64_t count, int64_t most, int64_t from) {
    int64_t left = count - from;
    int64_t blocks = (left + most - 1) / most;
    return (left + blocks - 1) / blocks;
}

/* How many panels from `panel` on go together: `most`, a power of two, or as many as the next that are left. */
static inline int64_t panels_at(int64_t panel, int64_t panel_to, int64_t most) {
    while (most > panel_to - panel) {
        most /= 2;
    }
    return most;
}

/* Groups of 32 inputs; one of padding alone does not count. */
static inline int64_t groups(const dendra_weights *w) { return (w->columns + DENDRA_GROUP - 1) / DENDRA_GROUP; }

/* Lines of a group of 32 inputs of one panel. */
static inline int group_lines(int32_t encoding) {
    return encoding == DENDRA_F32 ? 32 : encoding == DENDRA_BF16 ? 16 : encoding == DENDRA_U4G32 ? 4 : 8;
}

static inline bool has_group_scales(int32_t encoding) {
    return encoding == DENDRA_I8G32 || encoding == DENDRA_U4G32;
}

/* The first line of group `g`, and the line of its scales. */
static inline const uint8_t *group_codes(int32_t encoding, const uint8_t *panel, int64_t g) {
    switch (encoding) {
    case DENDRA_I8:
        return panel + DENDRA_LINE_BYTES * (1 + 8 * g);
    case DENDRA_I8G32:
        return panel + DENDRA_LINE_BYTES * (g / 2 * 17 + 1 + g % 2 * 8);
    case DENDRA_U4G32:
        return panel + DENDRA_LINE_BYTES * (g * 5 + 1);
    default:
        return panel + DENDRA_LINE_BYTES * g * group_lines(encoding);
    }
}
static inline const uint8_t *group_scales(int32_t encoding, const uint8_t *panel, int64_t g) {
    return panel + DENDRA_LINE_BYTES * (encoding == DENDRA_U4G32 ? g * 5 : g / 2 * 17);
}

/* Weights that are asked for while others are multiplied: `lines` with each block of these, up to where they end. */
typedef struct line_prefetch {
    const uint8_t *next;
    const uint8_t *end;
    int64_t lines;
} line_prefetch;

/* To be called once for each block that is multiplied. */
static inline void ask_for_lines(line_prefetch *ahead) {
    for (int64_t i = 0; i < ahead->lines && ahead->next < ahead->end; i++, ahead->next += DENDRA_LINE_BYTES) {
        __builtin_prefetch(ahead->next);
    }
}

#endif
