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
    PREFETCH_BYTES = 2048
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

/* Groups of 32 inputs; one of padding alone does not count. */
static inline int64_t groups(const dendra_weights *w) { return (w->columns + DENDRA_GROUP - 1) / DENDRA_GROUP; }

#endif
