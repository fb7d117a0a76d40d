/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the AMX kernels use the eight tiles: a block of up to 2 x 16 rows of activations (A) times two panels of weights (B)
 * goes to four tiles of sums (C), so that four tile loads feed four products. Tile instructions want literal numbers.
 */
#ifndef DENDRA_AMX_TILES_H
#define DENDRA_AMX_TILES_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"
#include "vectors/unroll.h"

#define C00 0
#define C01 1
#define C10 2
#define C11 3
#define A0 4
#define A1 5
#define B0 6
#define B1 7

#define TILE_ROWS 16
#define TILE_BYTES 1024
#define BLOCK_ROWS 32 /* rows of activations in the two A tiles */

/* The operand of LDTILECFG; palette 1 has 8 tiles of up to 16 rows of 64 bytes. */
typedef struct tile_config {
    uint8_t palette;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t column_bytes[16];
    uint8_t rows[16];
} __attribute__((aligned(64))) tile_config;

/* GCC's tile loads do not name the memory they read, so stores before them must be made to happen. */
ALWAYS_INLINE void finish_stores(void) { __asm__ volatile("" ::: "memory"); }

static inline void set_tile(tile_config *config, int tile, int rows, int column_bytes) {
    config->rows[tile] = (uint8_t) rows;
    /* A tile without rows must not have columns either. */
    config->column_bytes[tile] = (uint16_t) (rows == 0 ? 0 : column_bytes);
}

/* Shapes the tiles for blocks of `rows`, 1 to 32, and for `k_bytes` bytes of inputs to a product. Clears all tiles. */
static inline void configure_tiles(int rows, int k_bytes) {
    int upper = rows < TILE_ROWS ? rows : TILE_ROWS;
    int lower = rows - upper;
    tile_config config = {.palette = 1};
    set_tile(&config, C00, upper, DENDRA_LINE_BYTES);
    set_tile(&config, C01, upper, DENDRA_LINE_BYTES);
    set_tile(&config, C10, lower, DENDRA_LINE_BYTES);
    set_tile(&config, C11, lower, DENDRA_LINE_BYTES);
    set_tile(&config, A0, upper, k_bytes);
    set_tile(&config, A1, lower, k_bytes);
    set_tile(&config, B0, k_bytes / 4, DENDRA_LINE_BYTES);
    set_tile(&config, B1, k_bytes / 4, DENDRA_LINE_BYTES);
    /* GCC 12 believes that only the first 8 bytes are read, and drops the stores of the rest. */
    finish_stores();
    _tile_loadconfig(&config);
    finish_stores();
}

/* Inputs of a block where `columns` of them, a multiple of 64, are shared evenly among blocks of `largest` at most. */
static inline int even_block(int columns, int largest) {
    int blocks = (columns + largest - 1) / largest;
    return ((columns + blocks - 1) / blocks + 63) / 64 * 64;
}

/*
 * Copies rows of activations so that the tiles of a step lie together: for each block of 32 rows and each line of 64 bytes
 * [32][64]. Rows a power of two apart would fight for the same sets of the cache.
 */
#define PACKED_STEP (BLOCK_ROWS * DENDRA_LINE_BYTES)

static inline void pack_rows(const uint8_t *x, size_t stride, int rows, int lines, uint8_t *packed) {
    for (int m = 0; m < rows; m += BLOCK_ROWS) {
        int count = rows - m < BLOCK_ROWS ? rows - m : BLOCK_ROWS;
        for (int line = 0; line < lines; line++, packed += PACKED_STEP) {
            for (int row = 0; row < count; row++) {
                const uint8_t *from = x + (size_t) (m + row) * stride + (size_t) line * DENDRA_LINE_BYTES;
                _mm512_store_si512(packed + row * DENDRA_LINE_BYTES, _mm512_load_si512(from));
            }
        }
    }
}

/*
 * The parts of a product of `a_tiles` times `b_tiles` tiles. In memory the rows of sums are `stride` bytes apart, and those
 * with the second panel `right` bytes further.
 */
ALWAYS_INLINE void zero_sums(const int a_tiles, const int b_tiles) {
    _tile_zero(C00);
    if (b_tiles == 2) {
        _tile_zero(C01);
    }
    if (a_tiles == 2) {
        _tile_zero(C10);
    }
    if (a_tiles == 2 && b_tiles == 2) {
        _tile_zero(C11);
    }
}

ALWAYS_INLINE void load_sums(const void *sums, size_t stride, size_t right, const int a_tiles, const int b_tiles) {
    const uint8_t *upper = sums;
    const uint8_t *lower = upper + TILE_ROWS * stride;
    _tile_loadd(C00, upper, stride);
    if (b_tiles == 2) {
        _tile_loadd(C01, upper + right, stride);
    }
    if (a_tiles == 2) {
        _tile_loadd(C10, lower, stride);
    }
    if (a_tiles == 2 && b_tiles == 2) {
        _tile_loadd(C11, lower + right, stride);
    }
}

ALWAYS_INLINE void store_sums(void *sums, size_t stride, size_t right, const int a_tiles, const int b_tiles) {
    uint8_t *upper = sums;
    uint8_t *lower = upper + TILE_ROWS * stride;
    _tile_stored(C00, upper, stride);
    if (b_tiles == 2) {
        _tile_stored(C01, upper + right, stride);
    }
    if (a_tiles == 2) {
        _tile_stored(C10, lower, stride);
    }
    if (a_tiles == 2 && b_tiles == 2) {
        _tile_stored(C11, lower + right, stride);
    }
}

#define MULTIPLY_TILES(floats, sums, a, b)                                                                             \
    do {                                                                                                               \
        if (floats) {                                                                                                  \
            _tile_dpbf16ps(sums, a, b);                                                                                \
        } else {                                                                                                       \
            _tile_dpbssd(sums, a, b);                                                                                  \
        }                                                                                                              \
    } while (0)

/* Adds the product of one tile's depth, of bfloat16 or of int8; rows of activations are `stride` bytes apart. */
ALWAYS_INLINE void multiply_step(const bool floats, const uint8_t *rows, size_t stride, const int a_tiles,
                                 const uint8_t *lines0, const uint8_t *lines1, const int b_tiles) {
    _tile_loadd(B0, lines0, DENDRA_LINE_BYTES);
    _tile_stream_loadd(A0, rows, stride);
    MULTIPLY_TILES(floats, C00, A0, B0);
    if (b_tiles == 2) {
        _tile_loadd(B1, lines1, DENDRA_LINE_BYTES);
        MULTIPLY_TILES(floats, C01, A0, B1);
    }
    if (a_tiles == 2) {
        _tile_stream_loadd(A1, rows + TILE_ROWS * stride, stride);
        MULTIPLY_TILES(floats, C10, A1, B0);
        if (b_tiles == 2) {
            MULTIPLY_TILES(floats, C11, A1, B1);
        }
    }
}

/*
 * Asks, in step `step` of a product, for some of the lines that its sums will be stored to: they are far apart, so that no
 * other prefetcher sees them come. After eight steps all were asked for.
 */
ALWAYS_INLINE void prefetch_outputs(const float *y, size_t stride, int step, int rows) {
    for (int row = 4 * step; row < 4 * step + 4 && row < rows; row++) {
        const char *line = (const char *) y + (size_t) row * stride;
        __builtin_prefetch(line, 1);
        __builtin_prefetch(line + DENDRA_LINE_BYTES, 1);
    }
}

#endif
