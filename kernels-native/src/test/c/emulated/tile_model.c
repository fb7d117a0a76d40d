/* SPDX-License-Identifier: Apache-2.0 */
#include "tile_model.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TILES = 8, ROWS = 16, ROW_BYTES = 64 };

typedef struct configuration {
    uint8_t palette;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t column_bytes[16];
    uint8_t rows[16];
} configuration;
_Static_assert(sizeof(configuration) == 64, "the operand of LDTILECFG has 64 bytes");

typedef struct tile_state {
    configuration shape; /* palette 0: tiles are in their initial state and may not be used */
    uint8_t data[TILES][ROWS][ROW_BYTES];
} tile_state;

static _Thread_local tile_state state;

static _Noreturn void fault(const char *instruction, const char *reason) {
    fprintf(stderr, "tile model: %s: %s\n", instruction, reason);
    abort();
}

static void require(bool condition, const char *instruction, const char *reason) {
    if (!condition) {
        fault(instruction, reason);
    }
}

static void check_shape(const configuration *shape) {
    static const uint8_t NONE[14];
    const char *instruction = "LDTILECFG";
    require(shape->palette <= 1, instruction, "unknown palette");
    require(shape->start_row == 0, instruction, "start row is not 0");
    require(memcmp(shape->reserved, NONE, sizeof NONE) == 0, instruction, "reserved bytes are not 0");
    for (int tile = 0; tile < 16; tile++) {
        int rows = shape->rows[tile];
        int bytes = shape->column_bytes[tile];
        require(tile < TILES || (rows == 0 && bytes == 0), instruction, "palette 1 has 8 tiles");
        require(rows <= ROWS && bytes <= ROW_BYTES, instruction, "a tile has at most 16 rows of 64 bytes");
        require(rows == 0 || bytes != 0, instruction, "a tile with rows but no columns");
        require(bytes == 0 || rows != 0, instruction, "a tile with columns but no rows");
    }
}

void tile_model_loadconfig(const void *config) {
    configuration shape;
    memcpy(&shape, config, sizeof shape);
    /* The CPU takes palette 0 as TILERELEASE; a kernel that loads it has lost its configuration on the way. */
    require(shape.palette != 0, "LDTILECFG", "palette 0");
    check_shape(&shape);
    memset(&state, 0, sizeof state);
    state.shape = shape;
}

void tile_model_storeconfig(void *config) { memcpy(config, &state.shape, sizeof state.shape); }

void tile_model_release(void) { memset(&state, 0, sizeof state); }

static void require_tile(int tile, const char *instruction) {
    require(state.shape.palette == 1, instruction, "tiles are not configured");
    require(tile >= 0 && tile < TILES, instruction, "no such tile");
    require(state.shape.rows[tile] != 0, instruction, "the tile has no rows");
}

void tile_model_zero(int tile) {
    require_tile(tile, "TILEZERO");
    memset(state.data[tile], 0, sizeof state.data[tile]);
}

void tile_model_load(int tile, const void *base, ptrdiff_t stride) {
    require_tile(tile, "TILELOADD");
    memset(state.data[tile], 0, sizeof state.data[tile]);
    for (int row = 0; row < state.shape.rows[tile]; row++) {
        memcpy(state.data[tile][row], (const uint8_t *) base + row * stride, state.shape.column_bytes[tile]);
    }
}

void tile_model_store(int tile, void *base, ptrdiff_t stride) {
    require_tile(tile, "TILESTORED");
    for (int row = 0; row < state.shape.rows[tile]; row++) {
        memcpy((uint8_t *) base + row * stride, state.data[tile][row], state.shape.column_bytes[tile]);
    }
}

/* #UD unless sums are [M, N], left is [M, K] and right is [K, N], in lanes of four bytes. */
static void require_product(int sums, int left, int right, const char *instruction) {
    require_tile(sums, instruction);
    require_tile(left, instruction);
    require_tile(right, instruction);
    const configuration *shape = &state.shape;
    require(sums != left && sums != right && left != right, instruction, "the same tile twice");
    require(shape->column_bytes[sums] % 4 == 0 && shape->column_bytes[left] % 4 == 0, instruction, "half a lane");
    require(shape->rows[sums] == shape->rows[left], instruction, "the sums and the left tile differ in rows");
    require(shape->column_bytes[sums] == shape->column_bytes[right], instruction,
            "the sums and the right tile differ in columns");
    require(shape->column_bytes[left] == 4 * shape->rows[right], instruction,
            "the columns of the left tile are not the rows of the right one");
}

static int32_t byte_value(uint8_t byte, int is_signed) { return is_signed ? (int8_t) byte : byte; }

void tile_model_dot_bytes(int sums, int left, int right, int left_is_signed, int right_is_signed) {
    require_product(sums, left, right, "TDPB..D");
    for (int m = 0; m < state.shape.rows[sums]; m++) {
        for (int n = 0; n < state.shape.column_bytes[sums] / 4; n++) {
            uint32_t sum; /* wraps */
            memcpy(&sum, &state.data[sums][m][4 * n], sizeof sum);
            for (int k = 0; k < state.shape.column_bytes[left]; k++) {
                sum += (uint32_t) (byte_value(state.data[left][m][k], left_is_signed)
                                   * byte_value(state.data[right][k / 4][4 * n + k % 4], right_is_signed));
            }
            memcpy(&state.data[sums][m][4 * n], &sum, sizeof sum);
        }
    }
}

/* TDPBF16PS takes denormal numbers as zero, and returns zero for them. */
static float flushed(float value) { return fpclassify(value) == FP_SUBNORMAL ? copysignf(0, value) : value; }

static float bf16_value(const uint8_t *bytes) {
    uint16_t half;
    memcpy(&half, bytes, sizeof half);
    uint32_t bits = (uint32_t) half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return flushed(value);
}

void tile_model_dot_bf16(int sums, int left, int right) {
    require_product(sums, left, right, "TDPBF16PS");
    for (int m = 0; m < state.shape.rows[sums]; m++) {
        for (int n = 0; n < state.shape.column_bytes[sums] / 4; n++) {
            /* Even and odd inputs are summed apart, from zero, and meet before the old sum is added. */
            float parts[2] = {0, 0};
            for (int k = 0; k < state.shape.column_bytes[left] / 2; k++) {
                float a = bf16_value(&state.data[left][m][2 * k]);
                float b = bf16_value(&state.data[right][k / 2][4 * n + k % 2 * 2]);
                parts[k % 2] = flushed(fmaf(a, b, parts[k % 2]));
            }
            float sum;
            memcpy(&sum, &state.data[sums][m][4 * n], sizeof sum);
            sum = flushed(flushed(sum) + flushed(parts[0] + parts[1]));
            memcpy(&state.data[sums][m][4 * n], &sum, sizeof sum);
        }
    }
}
